//! How connections are used, against a server that counts them.

use crate::{Still, Wire, hear, patient, question};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use llm_gateway::{Chunk, Gateway, GatewayError};
use std::cell::Cell;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const FINAL: &str = "{\"message\":{\"content\":\"Hi\"},\"done\":true}\n";

/// Reads one request; false when the client has gone.
async fn request(stream: &mut BufReader<TcpStream>) -> bool {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return false;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            return stream.read_exact(&mut vec![0; length]).await.is_ok();
        }
    }
}

/// Answers every request with these pieces, each in a packet of its own, and counts connections.
async fn serve(listener: TcpListener, pieces: &[String], connections: &Cell<usize>) {
    let answer = async |stream: TcpStream| {
        stream.set_nodelay(true).unwrap();
        let mut stream = BufReader::new(stream);
        while request(&mut stream).await {
            for piece in pieces {
                if stream.write_all(piece.as_bytes()).await.is_err() {
                    return;
                }
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
            }
        }
    };
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.set(connections.get() + 1);
                open.push(answer(stream));
            }
            Some(()) = open.next() => {}
        }
    }
}

async fn against(pieces: &[String], test: impl AsyncFnOnce(Gateway)) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gateway = Gateway::builder(Wire::Ollama.model(&url), Arc::new(Still)).settings(patient()).build();
    let connections = Cell::new(0);
    tokio::select! {
        () = serve(listener, pieces, &connections) => {}
        () = test(gateway) => {}
    }
    connections.get()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn head(status: &str, header: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/x-ndjson\r\n{header}\r\n\r\n")
}

#[tokio::test]
async fn an_answer_read_to_its_end_leaves_its_connection_to_the_next() {
    let pieces = [head("200 OK", "transfer-encoding: chunked"), chunk(FINAL), "0\r\n\r\n".into()];
    let connections = against(&pieces, async |gateway| {
        for _ in 0..20 {
            assert_eq!(hear(&gateway, question("?")).await.0, "Hi");
        }
    });
    assert_eq!(connections.await, 1);
}

#[tokio::test]
async fn tokens_that_came_together_travel_together() {
    let token = "{\"message\":{\"content\":\"é\"}}\n";
    let pieces = [
        head("200 OK", "transfer-encoding: chunked"),
        chunk(token).repeat(64) + &chunk(FINAL),
        "0\r\n\r\n".into(),
    ];
    against(&pieces, async |gateway| {
        let chunks: Vec<_> = gateway.chat(question("?")).await.unwrap().map(Result::unwrap).collect().await;
        assert!(chunks.len() < 8, "64 tokens in {} chunks", chunks.len());
    })
    .await;
}

#[tokio::test]
async fn a_body_that_never_ends_delays_nobody() {
    let pieces = [head("200 OK", "transfer-encoding: chunked"), chunk(FINAL)];
    against(&pieces, async |gateway| {
        let mut answer = gateway.chat(question("?")).await.unwrap();
        assert_eq!(answer.next().await.unwrap().unwrap(), Chunk::Text("Hi".into()));
        assert!(matches!(answer.next().await, Some(Ok(Chunk::Done { .. }))));
        assert!(answer.next().await.is_none(), "ends without the body's end");
    })
    .await;
}

#[tokio::test]
async fn a_last_line_needs_no_line_end() {
    let last = FINAL.trim_end();
    let pieces = [head("200 OK", &format!("content-length: {}", last.len())), last.into()];
    against(&pieces, async |gateway| assert_eq!(hear(&gateway, question("?")).await.0, "Hi")).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let away = head("307 Temporary Redirect", "location: http://127.0.0.1:9/\r\ncontent-length: 0");
    against(&[away], async |gateway| {
        let error = hear(&gateway, question("?")).await.1.unwrap_err();
        assert!(matches!(error, GatewayError::Status { status: 307, .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_line_without_end_is_cut_off() {
    let pieces = [head("200 OK", "transfer-encoding: chunked"), chunk(&"x".repeat(2 * 1024 * 1024))];
    against(&pieces, async |gateway| {
        let error = hear(&gateway, question("?")).await.1.unwrap_err();
        assert!(
            matches!(&error, GatewayError::Protocol { detail, .. } if detail.contains("longer than")),
            "{error}"
        );
    })
    .await;
}
