//! The checksum of a header (section 2.2.3): CRC-32C (RFC 9260, appendix A) over all of it, its own
//! four bytes taken for zeros.

use core::ops::Range;

use crc::{CRC_32_ISCSI, Crc, Table};

/// The checksum of a header, wherever in it the four bytes stand that hold it.
pub(crate) fn checksum(header: &[u8], own: Range<usize>) -> [u8; 4] {
    let mut digest = CRC32C.digest();
    for (index, chunk) in header.chunks(CHUNK).enumerate() {
        let offset = index.wrapping_mul(CHUNK);
        // A copy with zeros takes half as long as three parts of the header, none of them a multiple
        // of the 16 bytes that are a step.
        let mut copy = [0; CHUNK];
        let (copy, _) = copy.split_at_mut_checked(chunk.len()).unwrap_or_default();
        copy.copy_from_slice(chunk);
        for at in own.clone() {
            if let Some(byte) = at.checked_sub(offset).and_then(|at| copy.get_mut(at)) {
                *byte = 0;
            }
        }
        digest.update(copy);
    }
    digest.finalize().to_be_bytes()
}

/// 16 bytes a step.
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

const CHUNK: usize = 256;
