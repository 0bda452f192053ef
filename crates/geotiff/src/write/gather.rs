//! Pieces of memory brought into another order where they are, without a second copy of them.

use std::ops::Range;

/// A piece, where the pieces around it are known.
#[derive(Debug, Clone, Copy)]
struct Piece {
    len: usize,
    /// The number that it is to have.
    rank: usize,
}

/// Moves `pieces` to the beginning of `bytes`, one behind the other in the order in which they are given. Bytes of no piece are
/// lost. If pieces share bytes, or lie outside, nothing is moved and the answer is no.
///
/// Where long runs are in order already (an image, its overviews) that takes a few passes over the bytes; two runs that are to
/// be mixed (an image and its mask) take as many as the logarithm of the number of pieces, and pieces in no order at all the
/// square of it. Beside the bytes there are a few numbers for each piece.
pub(super) fn gather(bytes: &mut [u8], pieces: &[Range<usize>]) -> bool {
    let mut places: Vec<(usize, usize)> = (0..pieces.len()).map(|rank| (start(pieces, rank), rank)).collect();
    places.sort_unstable();
    let range = |rank: usize| pieces.get(rank).cloned().unwrap_or_default();
    let mut end = 0;
    for (_, rank) in &places {
        let piece = range(*rank);
        if piece.start < end && !piece.is_empty() || piece.end > bytes.len() {
            return false;
        }
        end = end.max(piece.end);
    }
    let mut at: usize = 0;
    let mut found = Vec::with_capacity(places.len());
    for (_, rank) in places {
        let piece = range(rank);
        let len = piece.len();
        bytes.copy_within(piece, at);
        at = at.saturating_add(len);
        found.push(Piece { len, rank });
    }
    let runs = runs(&found);
    sort(bytes.get_mut(..at).unwrap_or_default(), &mut found, &runs);
    true
}

fn start(pieces: &[Range<usize>], rank: usize) -> usize {
    pieces.get(rank).map_or(0, |piece| piece.start)
}

fn bytes_of(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.len).sum()
}

/// A row of pieces that are in order.
#[derive(Debug, Clone, Copy)]
struct Run {
    pieces: usize,
    bytes: usize,
}

impl Run {
    fn weight(self) -> usize {
        self.bytes.saturating_add(self.pieces)
    }
}

fn runs(pieces: &[Piece]) -> Vec<Run> {
    let in_order = |a: &Piece, b: &Piece| a.rank < b.rank;
    pieces.chunk_by(in_order).map(|run| Run { pieces: run.len(), bytes: bytes_of(run) }).collect()
}

/// Sorts pieces by rank, and the bytes with them: halves of about as many bytes, and then both.
fn sort(bytes: &mut [u8], pieces: &mut [Piece], runs: &[Run]) {
    if runs.len() < 2 {
        return;
    }
    let half = bytes.len().saturating_add(pieces.len()) / 2;
    let (mut count, mut first) = (0, Run { pieces: 0, bytes: 0 });
    for run in runs.iter().take(runs.len().saturating_sub(1)) {
        // Pieces count too, so that those without bytes are halved as well.
        if count > 0 && first.weight().saturating_add(run.weight() / 2) > half {
            break;
        }
        count += 1;
        first = Run {
            pieces: first.pieces.saturating_add(run.pieces),
            bytes: first.bytes.saturating_add(run.bytes),
        };
    }
    let (left, right) = runs.split_at(count);
    {
        let (left_bytes, right_bytes) = bytes.split_at_mut(first.bytes);
        let (left_pieces, right_pieces) = pieces.split_at_mut(first.pieces);
        sort(left_bytes, left_pieces, left);
        sort(right_bytes, right_pieces, right);
    }
    merge(bytes, pieces, first);
}

/// Merges two sorted rows that stand beside each other, `first` and what follows it: a part of each changes places with a
/// part of the other, and what remains are two smaller tasks of the kind (the symmetric merge of Kim and Kutzner, 2004, with
/// pieces of any length).
fn merge(bytes: &mut [u8], pieces: &mut [Piece], first: Run) {
    let (left, right) = pieces.split_at(first.pieces);
    let (Some(last), Some(next)) = (left.last(), right.first()) else { return };
    if last.rank < next.rank {
        return;
    }
    let rank_at = |row: &[Piece], at: usize| row.get(at).map_or(0, |piece| piece.rank);
    let behind = |row: &[Piece], rank: usize| row.partition_point(|piece| piece.rank < rank);
    // How many of the left stay where they are, and how many of the right come before the others.
    let (stay, come) = if left.len() >= right.len() {
        let stay = left.len() / 2;
        (stay, behind(right, rank_at(left, stay)))
    } else {
        let come = right.len() / 2;
        (behind(left, rank_at(right, come)), come)
    };
    let stays = bytes_of(left.get(..stay).unwrap_or_default());
    let comes = bytes_of(right.get(..come).unwrap_or_default());
    let (from, to) = (stays, first.bytes.saturating_add(comes));
    let goes = first.bytes.saturating_sub(stays);
    if let Some(between) = bytes.get_mut(from..to) {
        between.rotate_left(goes);
    }
    let (from, to) = (stay, first.pieces.saturating_add(come));
    if let Some(between) = pieces.get_mut(from..to) {
        between.rotate_left(first.pieces.saturating_sub(stay));
    }
    let (left_bytes, right_bytes) = bytes.split_at_mut(stays.saturating_add(comes));
    let (left_pieces, right_pieces) = pieces.split_at_mut(stay.saturating_add(come));
    merge(left_bytes, left_pieces, Run { pieces: stay, bytes: stays });
    merge(right_bytes, right_pieces, Run { pieces: first.pieces.saturating_sub(stay), bytes: goes });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by a copy.
    fn copied(bytes: &[u8], pieces: &[Range<usize>]) -> Vec<u8> {
        pieces.iter().flat_map(|piece| bytes[piece.clone()].iter().copied()).collect()
    }

    fn check(bytes: &[u8], pieces: &[Range<usize>]) {
        let wanted = copied(bytes, pieces);
        let mut moved = bytes.to_vec();
        assert!(gather(&mut moved, pieces));
        assert_eq!(moved[..wanted.len()], wanted[..], "{pieces:?}");
    }

    #[test]
    fn sections_change_places() {
        let bytes: Vec<u8> = (0..100).collect();
        check(&bytes, &[90..95, 80..90, 60..80, 5..15, 15..50, 50..60]);
        check(&bytes, &[0..0, 10..20]);
        check(&bytes, &[]);
    }

    #[test]
    fn any_order_of_any_lengths() {
        let mut state = 1_u32;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for round in 0..200 {
            let bytes: Vec<u8> = (0..2000).map(|_| random(256).to_le_bytes()[0]).collect();
            let mut pieces = Vec::new();
            let mut at = 0;
            while at < 1900 {
                at += random(4) / 2 * random(5);
                let len = random(if round % 2 == 0 { 9 } else { 90 });
                pieces.push(at..at + len);
                at += len;
            }
            // From in order to none at all.
            for _ in 0..random(pieces.len()) * (round % 3) {
                let (a, b) = (random(pieces.len()), random(pieces.len()));
                pieces.swap(a, b);
            }
            check(&bytes, &pieces);
            // Every second one behind the others, as masks are.
            let half = pieces.len() / 2;
            let mixed: Vec<_> =
                (0..half).flat_map(|at| [pieces[at].clone(), pieces[half + at].clone()]).collect();
            check(&bytes, &mixed);
        }
    }

    #[test]
    fn what_shares_bytes_stays() {
        let mut bytes: Vec<u8> = (0..100).collect();
        for pieces in [&[0..10, 9..12][..], &[50..60, 50..60], &[0..1, 90..101], &[0..50, 10..20, 60..70]] {
            assert!(!gather(&mut bytes, pieces));
        }
        assert_eq!(bytes, (0..100).collect::<Vec<u8>>());
    }
}
