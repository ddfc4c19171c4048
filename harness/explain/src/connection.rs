//! A connection as people type it: `tcp://host:port`, or `tls://server-name:port`.

mod render;
mod walk;

use std::net::IpAddr;

use http::Uri;

pub use walk::{ConnectionCandidate, ConnectionWalk, WalkedConnection, walk_connection};

/// A connection to be walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Whether it begins with a ClientHello.
    pub tls: bool,
    /// The server name (SNI) of the ClientHello as written; `None` without TLS, and when the host is an IP address, which is
    /// no server name (RFC 6066, section 3).
    pub server_name: Option<String>,
    /// The port; `None` when a `tls://` URL names none.
    pub port: Option<u16>,
}

/// Why a text is no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// More than a host and a port, or none of them.
    #[error("`{0}` is not a connection; write it like tcp://db.example.com:5432 or tls://db.example.com:443")]
    Shape(String),
    /// Only a port tells TCP listeners apart.
    #[error("`{0}` names no port; write it like tcp://db.example.com:5432")]
    NoPort(String),
}

impl Connection {
    /// Reads `tcp://HOST:PORT` (the host decides nothing) or `tls://SERVER-NAME[:PORT]`. `None` when `text` is a URL of
    /// neither scheme.
    ///
    /// # Errors
    /// When it has one of the schemes but is no connection.
    pub fn parse(text: &str) -> Option<Result<Self, ConnectionError>> {
        let (scheme, _) = text.trim().split_once("://")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "tcp" => false,
            "tls" => true,
            _ => return None,
        };
        Some(Self::read(text.trim(), tls))
    }

    fn read(text: &str, tls: bool) -> Result<Self, ConnectionError> {
        let shape = || ConnectionError::Shape(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| shape())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(shape)?;
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        if uri.query().is_some() || !matches!(uri.path(), "" | "/") || authority.contains('@') {
            return Err(shape());
        }
        let port = uri.port_u16();
        // A port that is out of range is none to the URL, and would be taken for one that was not written.
        if port == Some(0) || (port.is_none() && authority.len() > host.len()) {
            return Err(shape());
        }
        if !tls && port.is_none() {
            return Err(ConnectionError::NoPort(text.to_owned()));
        }
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
        Ok(Self { tls, server_name: (tls && !address).then(|| host.to_owned()), port })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("tcp://db.example.com:5432", false, None, Some(5432))]
    #[case("TCP://127.0.0.1:5432/", false, None, Some(5432))]
    #[case("tls://db.example.com:443", true, Some("db.example.com"), Some(443))]
    #[case(" tls://db.example.com ", true, Some("db.example.com"), None)]
    #[case("tls://10.0.0.1:443", true, None, Some(443))]
    #[case("tls://[::1]:443", true, None, Some(443))]
    #[case("tls://[::1]", true, None, None)]
    fn what_people_type(
        #[case] text: &str,
        #[case] tls: bool,
        #[case] server_name: Option<&str>,
        #[case] port: Option<u16>,
    ) {
        let connection = Connection::parse(text).expect("one of the schemes").expect("it is a connection");
        assert_eq!((connection.tls, connection.server_name.as_deref(), connection.port), (tls, server_name, port));
    }

    #[rstest]
    #[case("tcp://", false)]
    #[case("tcp://db.example.com", true)]
    #[case("tls://db.example.com/path", false)]
    #[case("tls://db.example.com?x=y", false)]
    #[case("tls://user@db.example.com", false)]
    #[case("tls://db.example.com:0", false)]
    #[case("tls://db.example.com:70000", false)]
    #[case("tls://db.example.com:", false)]
    #[case("tcp://a b:1", false)]
    fn what_is_no_connection(#[case] text: &str, #[case] port_is_missing: bool) {
        let error = Connection::parse(text).expect("one of the schemes").expect_err("it is no connection");
        let expected = if port_is_missing {
            ConnectionError::NoPort(text.to_owned())
        } else {
            ConnectionError::Shape(text.to_owned())
        };
        assert_eq!(error, expected);
    }

    #[rstest]
    #[case("GET http://se.example.com/")]
    #[case("se.example.com")]
    #[case("udp://se.example.com:53")]
    fn what_is_something_else(#[case] text: &str) {
        assert_eq!(Connection::parse(text), None);
    }
}
