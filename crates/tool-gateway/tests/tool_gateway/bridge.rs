//! The bridge between a host's lines and a server.

use serde_json::{Value, json};
use std::io::ErrorKind;
use testkit::DEADLINE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

/// What a host hears after a message to a server whose answer has this head and body, and no more.
async fn heard(message: &str, head: &str, body: &str) -> Vec<Value> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bridge = Bridge::new(&format!("http://{}/mcp", listener.local_addr().unwrap()), None).unwrap();
    let server = async {
        let (mut asked, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(message.as_bytes()) {
            assert!(asked.read_buf(&mut request).await.unwrap() > 0);
        }
        asked.write_all(format!("HTTP/1.1 {head}\r\n\r\n{body}").as_bytes()).await.unwrap();
    };
    let (mut host, output) = tokio::io::duplex(65536);
    let (ended, ()) = tokio::join!(bridge.run(message.as_bytes(), output), server);
    ended.unwrap();
    let mut told = String::new();
    host.read_to_string(&mut told).await.unwrap();
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn chunk(message: &Value) -> String {
    let event = format!("data: {message}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len())
}

#[tokio::test]
async fn a_request_is_answered_once_however_the_servers_answer_ends() {
    const EVENTS: &str = "200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked";
    let request = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#;
    let answer = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
    let others = [
        json!({"jsonrpc": "2.0", "method": "notifications/progress"}),
        json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    ];
    let [first, second] = others.each_ref().map(chunk);
    let answered = chunk(&answer);
    for end in ["", "0\r\n\r\n"] {
        let whole = heard(request, EVENTS, &format!("{first}{second}{answered}{end}")).await;
        assert_eq!(whole, [others[0].clone(), others[1].clone(), answer.clone()], "{end:?}");
        let none = heard(request, EVENTS, &format!("{first}{second}{end}")).await;
        let [one, two, error] = &none[..] else { panic!("{none:?}") };
        assert_eq!([one, two], [&others[0], &others[1]]);
        assert_eq!((&error["id"], &error["error"]["code"]), (&json!(1), &json!(-32000)), "{end:?}: {error}");
    }
    let accepted = "202 Accepted\r\nContent-Length: 0";
    let error = &heard(request, accepted, "").await[0];
    assert_eq!(error["error"]["message"], "the server ended without an answer");
    // What the host itself answers has no answer.
    let nothing: [Value; 0] = [];
    assert_eq!(heard(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, accepted, "").await, nothing);
}
