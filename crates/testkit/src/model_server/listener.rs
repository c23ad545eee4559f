//! The listener and its connections.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::{Shared, routes};

/// A running accept loop; it ends, with all its connections, when dropped.
#[derive(Debug)]
pub(super) struct Listening {
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Listening {
    #[allow(clippy::disallowed_methods, reason = "the task ends with its server")]
    pub(super) fn start(listener: TcpListener, shared: Arc<Shared>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, accepting: tokio::spawn(accept(listener, shared, stopped)) }
    }

    /// Returns when the listener and every connection are closed.
    pub(super) async fn stop(self) {
        drop(self.stop);
        self.accepting.await.expect("the accept loop does not panic");
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
            }
            Some(_ended) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    stream.set_nodelay(true).expect("a fresh connection takes options");
    let service = service_fn(move |request| routes::answer(Arc::clone(&shared), request));
    // An error here is a client that went away or a scripted cut: the counters tell.
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}
