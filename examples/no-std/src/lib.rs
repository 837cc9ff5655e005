//! The parser of proxy-protocol for a program in C. There is no std, no allocator and no unwinding here,
//! so it links only if the parser needs none of them.

#![no_std]

use core::hint::spin_loop;
use core::net::{IpAddr, SocketAddr};
use core::panic::PanicInfo;
use core::slice;

use proxy_protocol::{EncoderV2, Progress, Transport, parse};

/// Reads the header at the beginning of these bytes: its length, with the port and the IPv4 address of
/// the client; 0 if more bytes are needed, and -1 if they are no header, or none with such an address.
///
/// # Safety
///
/// `received` points to `length` bytes, `port` and `address` to 2 and 4 that can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read_header(
    received: *const u8,
    length: usize,
    port: *mut u16,
    address: *mut [u8; 4],
) -> isize {
    // SAFETY: as the caller promises.
    let received = unsafe { slice::from_raw_parts(received, length) };
    let (header, consumed) = match parse(received) {
        Ok(Progress::Complete { header, consumed }) => (header, consumed),
        Ok(Progress::Incomplete { .. }) => return 0,
        Err(_) => return -1,
    };
    let Some(SocketAddr::V4(source)) = header.source() else { return -1 };
    // SAFETY: as the caller promises.
    unsafe {
        *port = source.port();
        *address = source.ip().octets();
    }
    isize::try_from(consumed).unwrap_or(-1)
}

/// Writes a header of version 2 with a checksum, for this client, and gives its length, or -1.
///
/// # Safety
///
/// `out` points to `length` bytes that can be written, `address` to 4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_header(
    address: *const [u8; 4],
    port: u16,
    out: *mut u8,
    length: usize,
) -> isize {
    // SAFETY: as the caller promises.
    let (address, out) = unsafe { (*address, slice::from_raw_parts_mut(out, length)) };
    let source = SocketAddr::new(IpAddr::from(address), port);
    let destination = SocketAddr::from(([198, 51, 100, 9], 22));
    EncoderV2::proxy(Transport::Stream, source, destination, out)
        .and_then(EncoderV2::finish_with_crc32c)
        .ok()
        .and_then(|length| isize::try_from(length).ok())
        .unwrap_or(-1)
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        spin_loop();
    }
}

/// What the compiled parts of core name for unwinding, which does not happen here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
