//! A WebSocket's client: reads frames, answers pings.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use bytes::BytesMut;
use tokio::net::TcpSocket;

use super::wire::{Wire, answer_head};

const PING: u8 = 9;
const CLOSE: u8 = 8;

/// An open socket.
pub(super) struct Socket {
    wire: Wire,
}

impl Socket {
    /// Opens a socket at this path; `receive_buffer` makes the kernel hold less for one that will not read.
    pub(super) async fn open(
        address: SocketAddr,
        path: &str,
        receive_buffer: Option<u32>,
    ) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let mut wire = Wire::new(socket.connect(address).await?)?;
        // whoever is measured may be trusted to know the handshake: the key is always the same, its echo is not checked
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        wire.write(request.as_bytes()).await?;
        let (status, _) = answer_head(&wire.head().await?.context("closed during the handshake")?)?;
        ensure!(status == 101, "no socket at {path}: {status}");
        Ok(Self { wire })
    }

    /// The payload of the next text frame.
    pub(super) async fn next(&mut self) -> anyhow::Result<BytesMut> {
        loop {
            let (opcode, payload) = self.frame().await?;
            match opcode {
                CLOSE => anyhow::bail!("the server closed the socket"),
                PING => self.pong(&payload).await?,
                _ => return Ok(payload),
            }
        }
    }

    async fn frame(&mut self) -> anyhow::Result<(u8, BytesMut)> {
        let [first, second] = self.array().await?;
        let length = match second & 0x7f {
            126 => usize::from(u16::from_be_bytes(self.array().await?)),
            127 => usize::try_from(u64::from_be_bytes(self.array().await?))?,
            short => usize::from(short),
        };
        Ok((first & 0x0f, self.wire.take(length).await?))
    }

    async fn array<const N: usize>(&mut self) -> anyhow::Result<[u8; N]> {
        Ok(<[u8; N]>::try_from(self.wire.take(N).await?.as_ref())?)
    }

    /// A client's frames are masked; a mask of zeros leaves the payload as it is.
    async fn pong(&mut self, payload: &[u8]) -> anyhow::Result<()> {
        let length = u8::try_from(payload.len())?;
        let mut frame = vec![0x8a, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(payload);
        Ok(self.wire.write(&frame).await?)
    }
}
