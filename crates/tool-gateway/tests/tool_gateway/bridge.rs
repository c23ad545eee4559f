//! The bridge between a host's lines and a server.

use std::io::ErrorKind;
use testkit::DEADLINE;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tool_gateway::Bridge;

#[tokio::test]
async fn when_the_host_is_gone_a_server_that_never_answers_is_not_waited_for_without_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let bridge = Bridge::new(&url, None).unwrap();
    let input = &br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#[..];
    let mute = async {
        let (mut asked, _) = listener.accept().await.unwrap();
        assert!(asked.read(&mut [0; 1024]).await.unwrap() > 0);
        // From here on only the clock can end it, and it need not be waited for.
        tokio::time::pause();
        asked
    };
    let began = tokio::time::Instant::now();
    let (ended, _open) = tokio::join!(bridge.run(input, tokio::io::sink()), mute);
    let error = ended.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "1 messages had no answer within 300 s");
    assert!(began.elapsed() > DEADLINE);
}
