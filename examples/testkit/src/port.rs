//! Loopback ports that nobody else is given.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// An address on loopback to listen at, for a peer that must be told its port.
///
/// # Panics
///
/// If the system has no free port.
#[must_use]
pub fn reserve() -> SocketAddr {
    reserve_at(Ipv4Addr::LOCALHOST.into())
}

/// As [`reserve`], with another address of this machine.
///
/// For a minute the system gives the port to nobody who asks for any: a connection to it has just
/// been closed from this side, so it is in `TIME_WAIT` (RFC 9293 §3.3.2). Who names it may still
/// listen there, with `SO_REUSEADDR`, as servers do. Tests that run side by side stay apart so.
///
/// # Panics
///
/// If this machine does not have the address, or no free port.
#[must_use]
pub fn reserve_at(ip: IpAddr) -> SocketAddr {
    let reserved = || {
        let listener = TcpListener::bind((ip, 0))?;
        let address = listener.local_addr()?;
        let client = TcpStream::connect(address)?;
        let (accepted, _) = listener.accept()?;
        // The side that closes first is the one that waits.
        drop(accepted);
        drop(client);
        Ok::<_, std::io::Error>(address)
    };
    reserved().expect("a free port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_can_be_listened_at() {
        let address = reserve();
        let listener = TcpListener::bind(address).unwrap();
        assert_eq!(listener.local_addr().unwrap(), address);
    }

    #[test]
    fn no_port_is_reserved_twice() {
        let mut ports: Vec<_> = (0..200).map(|_| reserve().port()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 200);
    }
}
