//! Alters DER by the value, and makes the lengths around it right: what libFuzzer does by itself seldom
//! leaves a certificate behind.

use libfuzzer_sys::fuzzer_mutate;

use super::der;

/// What stands in front of the values of an input: a byte to choose by, and the length of each in two
/// bytes; or nothing.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    Bare,
    Framed { behind: usize },
}

/// Splits by lengths. What is cut off counts as far as it goes.
pub fn frames(mut input: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (frame, behind) = rest.split_at(length.min(rest.len()));
        frames.push(frame);
        input = behind;
    }
    frames
}

/// For `fuzz_mutator!`.
pub fn mutate(form: Form, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let whole = data[..size].to_vec();
    match alter(form, &whole, &whole, seed).filter(|altered| altered.len() <= max_size) {
        Some(altered) => {
            data[..altered.len()].copy_from_slice(&altered);
            altered.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
}

/// For `fuzz_crossover!`: puts a value of one input into another. Gives 0 if there is nothing to do.
pub fn cross(form: Form, into: &[u8], from: &[u8], out: &mut [u8], seed: u32) -> usize {
    match alter(form, into, from, seed | 1) {
        Some(crossed) if crossed.len() <= out.len() => {
            out[..crossed.len()].copy_from_slice(&crossed);
            crossed.len()
        }
        _ => 0,
    }
}

/// Does one thing to one value, with another one at hand.
fn alter(form: Form, input: &[u8], from: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut state = u64::from(seed) << 8 | 0x9e;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    if random(16) == 0 {
        return None;
    }
    let (head, mut nodes) = read(form, input)?;
    let (_, donors) = read(form, from)?;
    let mut chosen = random(donors.iter().map(Node::count).sum());
    let donor = donors.iter().find_map(|node| node.nth(&mut chosen))?.clone();
    let mut at = random(nodes.iter().map(Node::count).sum());
    let choice = random(8);
    change(&mut nodes, &mut at, &mut |siblings, at| match (choice, seed & 1) {
        (0, 0) => drop(siblings.remove(at)),
        (1, 0) if at > 0 => siblings.swap(at, at - 1),
        (1..=3, _) => siblings.insert(at, donor.clone()),
        (4, 0) => siblings[at].tag = siblings[at].tag.map(|tag| tag ^ 1 << (at % 8)),
        (5..=7, 0) => siblings[at].content = Content::Bytes(altered(siblings[at].content.bytes())),
        _ => siblings[at] = donor.clone(),
    });
    let mut output = head.to_vec();
    nodes.iter().for_each(|node| node.write(&mut output));
    Some(output)
}

fn altered(mut bytes: Vec<u8>) -> Vec<u8> {
    let size = bytes.len();
    bytes.resize(size + 16, 0);
    let size = fuzzer_mutate(&mut bytes, size, size + 16);
    bytes.truncate(size);
    bytes
}

#[derive(Clone)]
struct Node {
    /// `None`: no value of DER, but some of them behind their length.
    tag: Option<u8>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Vec<u8>),
    Nodes(Vec<Node>),
}

fn read(form: Form, input: &[u8]) -> Option<(&[u8], Vec<Node>)> {
    let Form::Framed { behind } = form else { return Some((&[], nodes(input, 0)?)) };
    let (head, rest) = input.split_at_checked(behind)?;
    let node = |frame: &&[u8]| Node { tag: None, content: Content::read(frame, 0) };
    Some((head, frames(rest).iter().map(node).collect()))
}

fn nodes(der: &[u8], depth: usize) -> Option<Vec<Node>> {
    let node = |value: &der::Value<'_>| {
        // An OCTET STRING, too, may have DER in it.
        let is_split = value.tag & 0x20 != 0 || value.tag == 4;
        let content = match is_split {
            true => Content::read(value.content, depth + 1),
            false => Content::Bytes(value.content.to_vec()),
        };
        Node { tag: Some(value.tag), content }
    };
    let values = der::all(der).filter(|values| !values.is_empty() && depth < 16)?;
    Some(values.iter().map(node).collect())
}

impl Content {
    fn read(der: &[u8], depth: usize) -> Self {
        nodes(der, depth).map_or_else(|| Self::Bytes(der.to_vec()), Self::Nodes)
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Nodes(nodes) => {
                let mut bytes = Vec::new();
                nodes.iter().for_each(|node| node.write(&mut bytes));
                bytes
            }
        }
    }
}

impl Node {
    fn inner(&self) -> &[Self] {
        if let Content::Nodes(nodes) = &self.content { nodes } else { &[] }
    }

    fn count(&self) -> usize {
        1 + self.inner().iter().map(Self::count).sum::<usize>()
    }

    fn nth(&self, at: &mut usize) -> Option<&Self> {
        if *at == 0 {
            return Some(self);
        }
        *at -= 1;
        self.inner().iter().find_map(|node| node.nth(at))
    }

    fn write(&self, output: &mut Vec<u8>) {
        let content = self.content.bytes();
        let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
        let [high, low] = length.to_be_bytes();
        output.extend(self.tag);
        match (self.tag, length) {
            (None, _) => output.extend([high, low]),
            (_, 0..=0x7f) => output.push(low),
            (_, 0x80..=0xff) => output.extend([0x81, low]),
            _ => output.extend([0x82, high, low]),
        }
        output.extend(content);
    }
}

/// Lets the function change the value of this number, among its siblings.
fn change(
    nodes: &mut Vec<Node>,
    at: &mut usize,
    by: &mut impl FnMut(&mut Vec<Node>, usize),
) -> bool {
    for place in 0..nodes.len() {
        if *at == 0 {
            by(nodes, place);
            return true;
        }
        *at -= 1;
        if let Content::Nodes(inner) = &mut nodes[place].content
            && change(inner, at, by)
        {
            return true;
        }
    }
    false
}
