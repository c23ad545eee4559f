//! Opening a WebSocket.

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

use super::Socket;
use crate::wait::DEADLINE;

/// An answer other than the upgrade.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Connects with a receive buffer of this size, the system's usual one when `None`, and shakes hands.
pub(super) async fn open(
    base: &str,
    path_and_query: &str,
    protocols: &[&str],
    headers: &[(&str, &str)],
    receive_buffer: Option<u32>,
) -> Result<Socket, Refused> {
    let authority = base.strip_prefix("http://").expect("a base URL http://…").trim_end_matches('/');
    let request = request(authority, path_and_query, protocols, headers);
    let stream = connect(authority, receive_buffer).await;
    let opened = timeout(DEADLINE, tokio_tungstenite::client_async(request, stream)).await;
    let (stream, answer) = match opened.expect("the server answers a handshake") {
        Ok(open) => open,
        Err(Error::Http(answer)) => {
            let body = answer.body().as_deref().unwrap_or_default();
            let body = String::from_utf8_lossy(body).into_owned();
            return Err(Refused { status: answer.status().as_u16(), body });
        }
        Err(error) => panic!("no handshake with {path_and_query}: {error}"),
    };
    let protocol = answer.headers().get("sec-websocket-protocol");
    let protocol = protocol.map(|value| value.to_str().expect("a protocol is text").to_owned());
    Ok(Socket { stream, protocol })
}

async fn connect(authority: &str, receive_buffer: Option<u32>) -> TcpStream {
    let mut addresses = lookup_host(authority).await.expect("a host and a port");
    let address = addresses.next().expect("an address");
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.expect("a socket");
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes).expect("a socket takes options");
    }
    socket.connect(address).await.expect("the server takes connections")
}

fn request(authority: &str, path_and_query: &str, protocols: &[&str], headers: &[(&str, &str)]) -> Request {
    let url = format!("ws://{authority}{path_and_query}");
    let mut request = url.into_client_request().expect("a WebSocket URL");
    if !protocols.is_empty() {
        let offered = protocols.join(", ").parse().expect("names of protocols");
        request.headers_mut().insert("sec-websocket-protocol", offered);
    }
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        request.headers_mut().insert(name, value);
    }
    request
}
