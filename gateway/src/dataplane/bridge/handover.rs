//! The state of all workers as one block, for the process that takes over.

/// What a block begins with: its kind and version.
const HEAD: &[u8; 8] = b"sluice-b";
const VERSION: u32 = 1;
/// Most workers.
const MOST: u32 = 255;

/// The name under which the service manager keeps it.
pub(super) fn name(gateway: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    format!("sluice-bridge-{}", gateway.chars().take(200).map(plain).collect::<String>())
}

/// One block of the states of the workers, in their order.
pub(super) fn pack(states: &[Vec<u8>]) -> Vec<u8> {
    let mut block = HEAD.to_vec();
    block.extend(VERSION.to_be_bytes());
    block.extend((states.len() as u32).to_be_bytes());
    for state in states {
        block.extend((state.len() as u64).to_be_bytes());
        block.extend_from_slice(state);
    }
    block
}

/// The states in a block; `None` when it is none of ours, of another version, or cut.
pub(super) fn unpack(block: &[u8]) -> Option<Vec<&[u8]>> {
    let rest = block.strip_prefix(HEAD)?.strip_prefix(&VERSION.to_be_bytes())?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    let count = u32::from_be_bytes(*count);
    let mut states = Vec::new();
    for _ in 0..if count <= MOST { count } else { return None } {
        let (length, behind) = rest.split_first_chunk::<8>()?;
        let (state, behind) = behind.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        states.push(state);
        rest = behind;
    }
    rest.is_empty().then_some(states)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_nothing_else() {
        let states = vec![b"first".to_vec(), Vec::new(), vec![7; 1000]];
        let block = pack(&states);
        assert_eq!(unpack(&block).unwrap(), states);
        for cut in 0..block.len() {
            assert_eq!(unpack(&block[..cut]), None);
        }
        assert_eq!(unpack(&[&block[..], b"x"].concat()), None);
        let mut other = block.clone();
        other[11] = 2;
        assert_eq!(unpack(&other), None, "another version");
        other = block;
        other[12] = 0xFF;
        assert_eq!(unpack(&other), None, "more workers than there can be");
    }

    #[test]
    fn a_name_has_nothing_that_the_service_manager_reads() {
        assert_eq!(name("gw:1\n"), "sluice-bridge-gw-1-");
    }
}
