//! The runs of a row: lengths of white and black in turn, white first.

/// Why a chunk cannot be decoded any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// More runs than a row of this width can have; libtiff gives up then too.
    TooManyRuns,
    /// The file says that it uses uncompressed mode, and here it does.
    Uncompressed,
}

/// Runs of one row. Values behind the last run stay from rows before: damaged codes can refer to them, and pixels are to be
/// those of libtiff even then.
#[derive(Debug, Default)]
pub(super) struct Runs {
    values: Vec<u32>,
    len: usize,
    limit: usize,
}

impl Runs {
    /// Those of a white row.
    pub(super) fn white(width: u64, limit: usize) -> Self {
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        Self { values: vec![width, 0], len: 0, limit }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the next run is black.
    pub(super) fn next_is_black(&self) -> bool {
        self.len % 2 == 1
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    pub(super) fn push(&mut self, run: u64) -> Result<(), Stop> {
        self.check(self.len)?;
        let run = u32::try_from(run).unwrap_or(u32::MAX);
        match self.values.get_mut(self.len) {
            Some(value) => *value = run,
            None => self.values.push(run),
        }
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<u64> {
        self.len = self.len.checked_sub(1)?;
        Some(self.get(self.len))
    }

    /// Takes away a white and a black run without pixels at the end.
    pub(super) fn drop_empty_pair(&mut self) {
        let Some(len) = self.len.checked_sub(2) else { return };
        if matches!(self.values.get(len..self.len), Some([0, 0])) {
            self.len = len;
        }
    }

    /// The run at a place, which may lie behind the last one.
    pub(super) fn get(&self, at: usize) -> u64 {
        self.values.get(at).copied().unwrap_or(0).into()
    }

    /// Refuses a place that no row reaches.
    pub(super) fn check(&self, at: usize) -> Result<(), Stop> {
        if at < self.limit { Ok(()) } else { Err(Stop::TooManyRuns) }
    }

    /// Sets the bits of black runs in a row of zeros. Runs beyond `width` are cut, for the next row too.
    pub(super) fn paint(&mut self, width: u64, row: &mut [u8]) {
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        let mut column = 0_u32;
        for (at, run) in self.values.iter_mut().take(self.len).enumerate() {
            *run = (*run).min(width.saturating_sub(column));
            let end = column.saturating_add(*run);
            if at % 2 == 1 {
                blacken(row, column, end);
            }
            column = end;
        }
    }
}

/// Sets the bits `start..end`, counted from the most significant bit of the first byte.
fn blacken(row: &mut [u8], start: u32, end: u32) {
    let byte = |column: u32| usize::try_from(column / 8).unwrap_or(usize::MAX);
    let (first, last) = (byte(start), byte(end));
    // The bits from `start` on in its byte, and those before `end` in its byte.
    let (head, tail) = (0xff_u8 >> (start % 8), !(0xff_u8 >> (end % 8)));
    if first == last {
        if let Some(byte) = row.get_mut(first) {
            *byte |= head & tail;
        }
        return;
    }
    if let Some([first, middle @ ..]) = row.get_mut(first..last) {
        *first |= head;
        middle.fill(0xff);
    }
    if let Some(byte) = row.get_mut(last) {
        *byte |= tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blackens_just_the_run() {
        for start in 0..24 {
            for end in start..=24 {
                let mut row = [0_u8; 3];
                blacken(&mut row, start, end);
                let bits = u32::from_be_bytes([0, row[0], row[1], row[2]]);
                let expected: u32 = (start..end).map(|i| 1 << (23 - i)).sum();
                assert_eq!(bits, expected, "{start}..{end}");
            }
        }
    }

    #[test]
    fn runs_beyond_the_row_are_cut() {
        let mut runs = Runs::white(10, 20);
        for run in [3, 4, 1, 9, 5] {
            runs.push(run).unwrap();
        }
        let mut row = [0; 2];
        runs.paint(10, &mut row);
        assert_eq!(row, [0b0001_1110, 0b1100_0000]);
        assert_eq!((runs.get(3), runs.get(4)), (2, 0));
    }
}
