//! Rows of fax codes, decoded to runs (ITU-T T.4, section 4; T.6, section 2), and what becomes of damaged ones.
//!
//! The standards leave open what a decoder does with damaged codes. The rules here are those of libtiff: a row ends at the
//! first code that has no meaning; runs beyond its width are taken away, and pixels that no run reaches are white.

use super::bits::Bits;
use super::codes::{BLACK_BITS, END_OF_LINE_BITS, Kind, MODE_BITS, Mode, Tables, WHITE_BITS, mode};
use super::runs::{Runs, Stop};
use crate::compress::warnings::Warnings;

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The next row follows.
    Row,
    /// There are no more data.
    Data,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunEnd {
    Complete,
    Invalid,
    EndOfLine,
    Data,
}

/// What the search for an end-of-line code came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    Found,
    /// Zeros up to the end of the data.
    Missing,
    /// There were no data.
    Data,
}

/// Decodes row by row.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) bits: Bits<'a>,
    tables: &'static Tables,
    width: u64,
    current: Runs,
    reference: Runs,
    /// Whether the file says that rows may be in uncompressed mode; else such a code is damage.
    pub(super) allows_uncompressed: bool,
    /// Index of the current row in the chunk.
    pub(super) row: usize,
    /// Whether the zeros of an end-of-line code were read, and the one behind them not yet.
    pub(super) at_end_of_line: bool,
    /// Pixels that are decoded, those of make-up codes and pass modes included.
    column: u64,
    /// Pixels of a run whose end was not met yet.
    pending: u64,
    warnings: &'a mut Warnings,
}

impl<'a> Rows<'a> {
    /// `limit` is the number of runs that a row can have at most.
    pub(super) fn new(data: &'a [u8], width: u64, limit: usize, warnings: &'a mut Warnings) -> Self {
        Self {
            bits: Bits::new(data),
            tables: Tables::get(),
            width,
            current: Runs::white(width, limit),
            reference: Runs::white(width, limit),
            allows_uncompressed: false,
            row: 0,
            at_end_of_line: false,
            column: 0,
            pending: 0,
            warnings,
        }
    }

    pub(super) fn begin_row(&mut self) {
        self.current.clear();
        (self.column, self.pending) = (0, 0);
    }

    /// Sets the black pixels of the current row.
    pub(super) fn paint(&mut self, row: &mut [u8]) {
        self.current.paint(self.width, row);
    }

    /// Makes the current row the one that the next row refers to. A change of colour beyond the row stands at its end.
    pub(super) fn keep_as_reference(&mut self) -> Result<(), Stop> {
        self.current.push(0)?;
        std::mem::swap(&mut self.current, &mut self.reference);
        Ok(())
    }

    /// Adds a warning about the current row.
    pub(super) fn warn(&mut self, what: &str) {
        let (row, column) = (self.row, self.column);
        self.warnings.add(super::METHOD, || format!("row {row} of the block, column {column}: {what}"));
    }

    /// Passes over everything up to the end of an end-of-line code.
    pub(super) fn find_end_of_line(&mut self) -> Search {
        while !self.at_end_of_line {
            match self.bits.peek(END_OF_LINE_BITS) {
                None => return Search::Data,
                Some(0) => break,
                Some(_) => self.bits.skip(1),
            }
        }
        loop {
            match self.bits.peek(8) {
                None => return Search::Missing,
                Some(0) => self.bits.skip(8),
                Some(_) => break,
            }
        }
        while self.bits.peek(1) == Some(0) {
            self.bits.skip(1);
        }
        self.bits.skip(1);
        self.at_end_of_line = false;
        Search::Found
    }

    /// Decodes the codes of one run.
    fn run(&mut self, black: bool) -> Result<RunEnd, Stop> {
        let width = if black { BLACK_BITS } else { WHITE_BITS };
        loop {
            let Some(bits) = self.bits.peek(width) else { return Ok(RunEnd::Data) };
            let code = self.tables.code(black, bits);
            self.bits.skip(code.bits.into());
            match code.kind {
                Kind::Terminating => {
                    self.end_run(code.pixels.into())?;
                    return Ok(RunEnd::Complete);
                }
                Kind::MakeUp => {
                    self.column = self.column.saturating_add(code.pixels.into());
                    self.pending = self.pending.saturating_add(code.pixels.into());
                }
                Kind::Invalid => return Ok(RunEnd::Invalid),
                Kind::EndOfLine => return Ok(RunEnd::EndOfLine),
            }
        }
    }

    /// Ends a run after so many more pixels.
    fn end_run(&mut self, pixels: u64) -> Result<(), Stop> {
        self.current.push(self.pending.saturating_add(pixels))?;
        self.column = self.column.saturating_add(pixels);
        self.pending = 0;
        Ok(())
    }

    /// Decodes a row of runs.
    pub(super) fn one_dimensional(&mut self) -> Result<End, Stop> {
        let mut black = false;
        let mut end = End::Row;
        loop {
            match self.run(black)? {
                RunEnd::Complete => {}
                RunEnd::EndOfLine => {
                    self.at_end_of_line = true;
                    break;
                }
                RunEnd::Invalid => {
                    self.warn("invalid code");
                    break;
                }
                RunEnd::Data => {
                    self.warn("the data end");
                    end = End::Data;
                    break;
                }
            }
            if self.column >= self.width {
                break;
            }
            if black {
                self.current.drop_empty_pair();
            }
            black = !black;
        }
        self.complete_row()?;
        Ok(end)
    }

    /// Decodes a row by its changes against the row above.
    pub(super) fn two_dimensional(&mut self) -> Result<End, Stop> {
        let mut above = Above { change: self.reference.get(0), next: 1 };
        let mut end = End::Row;
        while self.column < self.width {
            self.current.check(self.current.len())?;
            let Some(bits) = self.bits.peek(MODE_BITS) else {
                end = End::Data;
                break;
            };
            let (mode, width) = mode(bits);
            self.bits.skip(width);
            match self.change(mode, &mut above)? {
                None => {}
                Some(found) => {
                    end = found;
                    break;
                }
            }
        }
        if end == End::Data {
            self.warn("the data end");
        }
        self.complete_row()?;
        Ok(end)
    }

    /// Decodes what a mode stands for; gives how the row ended if it did.
    fn change(&mut self, mode: Mode, above: &mut Above) -> Result<Option<End>, Stop> {
        match mode {
            Mode::Pass => {
                self.catch_up(above)?;
                self.reference.check(above.next.saturating_add(1))?;
                above.advance(&self.reference);
                self.pending = self.pending.saturating_add(above.change.saturating_sub(self.column));
                self.column = above.change;
                above.advance(&self.reference);
            }
            Mode::Horizontal => {
                let black = self.current.next_is_black();
                for black in [black, !black] {
                    match self.run(black)? {
                        RunEnd::Complete => {}
                        RunEnd::Data => return Ok(Some(End::Data)),
                        RunEnd::Invalid | RunEnd::EndOfLine => {
                            self.warn("invalid code");
                            return Ok(Some(End::Row));
                        }
                    }
                }
                self.catch_up(above)?;
            }
            Mode::Right(pixels) => {
                self.catch_up(above)?;
                self.end_run(above.change.saturating_sub(self.column).saturating_add(pixels))?;
                self.reference.check(above.next)?;
                above.advance(&self.reference);
            }
            Mode::Left(pixels) => {
                self.catch_up(above)?;
                let Some(run) = above.change.checked_sub(self.column.saturating_add(pixels)) else {
                    self.warn("a change of colour before the last one");
                    return Ok(Some(End::Row));
                };
                self.end_run(run)?;
                above.go_back(&self.reference);
            }
            Mode::Extension => {
                if self.allows_uncompressed {
                    return Err(Stop::Uncompressed);
                }
                self.current.push(self.width.saturating_sub(self.column))?;
                self.warn("uncompressed mode, or another extension, is not supported");
                return Ok(Some(End::Row));
            }
            Mode::EndOfLine => {
                self.current.push(self.width.saturating_sub(self.column))?;
                let rest = END_OF_LINE_BITS.saturating_sub(MODE_BITS);
                let Some(zeros) = self.bits.peek(rest) else { return Ok(Some(End::Data)) };
                if zeros != 0 {
                    self.warn("invalid code");
                }
                self.bits.skip(rest);
                self.at_end_of_line = true;
                return Ok(Some(End::Row));
            }
        }
        Ok(None)
    }

    /// Goes on to the first change of the row above that lies right of the current column and is to the same colour.
    fn catch_up(&mut self, above: &mut Above) -> Result<(), Stop> {
        if self.current.len() == 0 {
            return Ok(());
        }
        while above.change <= self.column && above.change < self.width {
            self.reference.check(above.next.saturating_add(1))?;
            above.advance(&self.reference);
            above.advance(&self.reference);
        }
        Ok(())
    }

    /// Brings the runs of a row to its width.
    pub(super) fn complete_row(&mut self) -> Result<(), Stop> {
        if self.pending > 0 {
            self.end_run(0)?;
        }
        if self.column == self.width {
            return Ok(());
        }
        self.warn("the row ends before or beyond its width");
        while self.column > self.width {
            let Some(run) = self.current.pop() else { break };
            self.column = self.column.saturating_sub(run);
        }
        if self.column < self.width {
            if self.current.next_is_black() {
                self.end_run(0)?;
            }
            self.end_run(self.width.saturating_sub(self.column))
        } else if self.column > self.width {
            self.end_run(self.width)?;
            self.end_run(0)
        } else {
            Ok(())
        }
    }
}

/// A change of colour in the row above (b1 in T.6), and the index of the run behind it.
#[derive(Debug)]
struct Above {
    change: u64,
    next: usize,
}

impl Above {
    fn advance(&mut self, reference: &Runs) {
        self.change = self.change.saturating_add(reference.get(self.next));
        self.next = self.next.saturating_add(1);
    }

    fn go_back(&mut self, reference: &Runs) {
        self.next = self.next.saturating_sub(1);
        self.change = self.change.saturating_sub(reference.get(self.next));
    }
}
