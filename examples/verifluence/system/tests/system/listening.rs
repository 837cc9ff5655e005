use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where this process, and those that it has started, listen for TCP: as the kernel tells it
/// (proc(5), `/proc/net/tcp`).
pub(crate) fn addresses(process: u32) -> Vec<SocketAddr> {
    let sockets: Vec<_> = family(process).into_iter().flat_map(sockets).collect();
    let listening = ["tcp", "tcp6"].into_iter().flat_map(|table| {
        let table = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        table.lines().skip(1).filter_map(listens).collect::<Vec<_>>()
    });
    listening.filter(|(_, inode)| sockets.contains(inode)).map(|(address, _)| address).collect()
}

fn family(process: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().map(|child| child.parse().unwrap());
    std::iter::once(process).chain(children.flat_map(family)).collect()
}

fn sockets(process: u32) -> Vec<u64> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let inode = |file: std::io::Result<fs::DirEntry>| {
        let target = fs::read_link(file.ok()?.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    files.filter_map(inode).collect()
}

/// The address and the inode of a socket that listens.
fn listens(line: &str) -> Option<(SocketAddr, u64)> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let (address, port) = fields[1].split_once(':')?;
    let digits = address.as_bytes().chunks(8).map(|word| str::from_utf8(word).unwrap());
    let words: Vec<_> = digits.map(|word| u32::from_str_radix(word, 16).unwrap()).collect();
    // Words of 32 bits, each in the order of this machine's bytes.
    let ip: IpAddr = match words[..] {
        [v4] => Ipv4Addr::from(v4.to_ne_bytes()).into(),
        _ => {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
            Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap()).into()
        }
    };
    let address = SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?);
    (fields[3] == LISTEN).then(|| Some((address, fields[9].parse().ok()?)))?
}

const LISTEN: &str = "0A";
