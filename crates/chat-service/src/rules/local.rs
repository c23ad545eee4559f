//! Whether a model server is the owner's own.

use std::net::{IpAddr, Ipv6Addr};

/// Whether a provider is local: Ollama always is; a server that speaks the OpenAI wire is when its host is this machine
/// or has a private address.
pub(super) fn is_local(provider: &str, base_url: &str) -> bool {
    if provider != "openai" {
        return true;
    }
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => is_own(v6),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

fn is_own(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        None => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_server_of_the_openai_wire_is_local_on_this_machine_and_on_private_addresses() {
        for local in [
            "http://127.0.0.1:8080",
            "http://localhost/v1",
            "http://[::1]:8080/v1",
            "http://192.168.1.5:1234",
            "http://10.0.0.7",
            "http://172.16.3.4:80/v1",
            "http://[fd00::1]:80",
            "http://[::ffff:10.0.0.1]",
        ] {
            assert!(is_local("openai", local), "{local}");
        }
        for elsewhere in [
            "https://api.openai.com/v1",
            "http://8.8.8.8",
            "http://localhost.example",
            "http://172.32.0.1",
            "http://[2001:db8::1]",
            "https://127.0.0.1.example/v1",
        ] {
            assert!(!is_local("openai", elsewhere), "{elsewhere}");
            assert!(is_local("ollama", elsewhere));
        }
    }
}
