//! Connections, their sealed secrets, and marks of their tools, as they are stored.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change, slug};
use domain::{
    Connection, ConnectionHealth, ConnectionId, ConnectionStatus, EventFilter, Grantee, Position,
    SealedSecret, SecretField, ServerInfo, ToolAccess, ToolApproval, ToolMark, Transport,
};

fn connection(number: u128) -> Connection {
    Connection {
        id: ConnectionId::new(uuid::Uuid::from_u128(number)),
        name: format!("Files {number}"),
        transport: Transport::Stdio {
            command: "files".into(),
            args: vec!["a b".into(), "漢".into()],
            env: vec!["OTHER".into(), "TOKEN".into()],
            directory: None,
        },
        enabled: true,
        grants: vec![Grantee::Daena, Grantee::Agent(slug("hr-talent"))],
        health: ConnectionHealth::unasked(true),
        created_at: at(1),
        updated_at: at(1),
    }
}

fn sealed(number: u128, field: &str, bytes: u8) -> SealedSecret {
    SealedSecret {
        connection_id: connection(number).id,
        field: field.parse().unwrap(),
        key_id: format!("key {bytes}"),
        sealed: vec![bytes; 40],
    }
}

fn both(number: u128) -> Vec<SealedSecret> {
    vec![sealed(number, "env:OTHER", 1), sealed(number, "env:TOKEN", 1)]
}

async fn told(company: &Company) -> Vec<String> {
    let events = company.read(|tx| tx.events().after(Position::START, &EventFilter::default(), 99)).await;
    events.into_iter().map(|event| event.event_type.to_string()).collect()
}

#[tokio::test]
async fn a_connection_reads_back_and_a_secret_it_no_longer_names_is_gone() {
    let company = Company::new();
    company
        .write(|tx| {
            tx.connections_mut().create(&connection(1), &both(1), &change(1))?;
            tx.connections_mut().create(&connection(2), &both(2), &change(1))
        })
        .await;
    let company = company.reopened().await;
    assert_eq!(company.read(|tx| tx.connections().all()).await, [connection(1), connection(2)]);
    let web = Connection {
        transport: Transport::Http {
            url: "https://host/mcp".into(),
            headers: vec!["x-key".into()],
            allow_private: true,
        },
        grants: Vec::new(),
        ..connection(1)
    };
    let (stored, header) = (web.clone(), sealed(1, "header:x-key", 2));
    let found = company
        .write(move |tx| tx.connections_mut().update(&stored, std::slice::from_ref(&header), &change(2)))
        .await;
    assert!(found);
    let id = web.id;
    assert_eq!(company.read(move |tx| tx.connections().get(id)).await, Some(web));
    let left = company.read(move |tx| tx.connections().secrets_of(id)).await;
    assert_eq!(left, [sealed(1, "header:x-key", 2)]);
    assert_eq!(
        company.read(|tx| tx.connections().sealed_by_key()).await,
        [("key 1".to_owned(), 2), ("key 2".to_owned(), 1)]
    );
    assert!(company.write(move |tx| tx.connections_mut().delete(id, &change(3))).await);
    assert!(!company.write(move |tx| tx.connections_mut().delete(id, &change(3))).await);
    assert_eq!(company.read(|tx| tx.connections().secrets()).await, both(2));
    assert_eq!(
        told(&company).await,
        ["connection.created", "connection.created", "connection.updated", "connection.deleted"]
    );
}

#[tokio::test]
async fn a_status_a_mark_and_a_revocation_leave_the_secrets_as_they_are() {
    let company = Company::new();
    let there = Connection {
        health: ConnectionHealth {
            status: ConnectionStatus::Connected,
            error: None,
            checked_at: Some(at(5)),
            latency_ms: Some(3),
            server: Some(ServerInfo { name: "files".into(), version: "1".into() }),
            tool_count: 2,
        },
        ..connection(1)
    };
    let mark = ToolMark {
        connection_id: there.id,
        tool: "read".into(),
        access: Some(ToolAccess::Read),
        approval: None,
        digest: "d".into(),
    };
    let again = ToolMark { access: None, approval: Some(ToolApproval::Ask), ..mark.clone() };
    let (health, first, second) = (there.clone(), mark.clone(), again.clone());
    company
        .write(move |tx| {
            tx.connections_mut().create(&connection(1), &both(1), &change(1))?;
            tx.connections_mut().tell_status(&health, &change(2))?;
            tx.connections_mut().mark(&health, &first, &change(3))?;
            tx.connections_mut().mark(&health, &second, &change(3))?;
            tx.connections_mut().revoke(&Grantee::Agent(slug("hr-talent")), &change(4))?;
            tx.connections_mut().revoke(&Grantee::Department(slug("hr")), &change(4))
        })
        .await;
    let id = there.id;
    let now = company.read(move |tx| tx.connections().get(id)).await.unwrap();
    assert_eq!((now.grants, now.health), (vec![Grantee::Daena], there.health));
    assert_eq!(company.read(|tx| tx.connections().marks()).await, std::slice::from_ref(&again));
    assert_eq!(company.read(move |tx| tx.connections().mark(id, "read")).await, Some(again));
    assert_eq!(company.read(move |tx| tx.connections().mark(id, "write")).await, None);
    assert_eq!(company.read(|tx| tx.connections().secrets()).await, both(1));
    assert_eq!(company.read(|tx| tx.counts().connections_by_status()).await, [("connected".to_owned(), 1)]);
    let [status, updated] = ["connection.status", "connection.updated"];
    assert_eq!(told(&company).await, ["connection.created", status, updated, updated, updated]);
    let resealed = vec![sealed(1, "env:OTHER", 9), sealed(1, "env:TOKEN", 9)];
    let anew = resealed.clone();
    company.write(move |tx| tx.connections_mut().reseal(&anew, "key 9", &change(5))).await;
    assert_eq!(company.read(|tx| tx.connections().secrets()).await, resealed);
    assert_eq!(told(&company).await.last().unwrap(), "system.secrets");
    assert!(matches!(resealed[0].field, SecretField::Env(_)));
}
