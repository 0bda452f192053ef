//! The bytes of a file while it is written: where the next ones go.

use std::ops::Range;

use super::output::{Content, Output};
use crate::bytes::ByteOrder;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::ifd::{Header, Variant, too_large};
use crate::limits::CancelToken;

/// An output, and how much of it is taken.
#[derive(Debug)]
pub(super) struct Space<O> {
    pub(super) output: O,
    pub(super) order: ByteOrder,
    /// Which variant it is; `None` if its length will tell.
    variant: Option<Variant>,
    /// Where the next bytes go.
    end: u64,
    /// Whether its bytes were given away.
    given: bool,
    /// Bytes that the file may have.
    pub(super) most: u64,
    /// Stops what is written.
    pub(super) cancel: Option<CancelToken>,
}

impl<O: Output> Space<O> {
    /// A file that holds nothing but room for its header.
    pub(super) fn new(output: O, order: ByteOrder, variant: Option<Variant>) -> Self {
        let end = Header::size(variant.unwrap_or(Variant::Big));
        Self { output, order, variant, end, given: false, most: u64::MAX, cancel: None }
    }

    /// A file of so many bytes.
    pub(super) fn of(output: O, header: &Header, len: u64) -> Self {
        let end = len.next_multiple_of(2);
        let (order, variant) = (header.byte_order, Some(header.variant));
        Self { output, order, variant, end, given: false, most: u64::MAX, cancel: None }
    }

    /// The variant, as far as it is known; else the one that takes less room.
    pub(super) fn likely_variant(&self) -> Variant {
        self.variant.unwrap_or(Variant::Classic)
    }

    /// The variant of a file to which `more` bytes are added yet.
    pub(super) fn variant(&self, more: u64) -> Variant {
        self.variant.unwrap_or(match u32::try_from(self.end.saturating_add(more)) {
            Ok(_) => Variant::Classic,
            Err(_) => Variant::Big,
        })
    }

    /// Whether bytes are there, to be written over; a table can lead behind the end.
    pub(super) fn holds(&self, offset: u64, len: u64) -> bool {
        offset.saturating_add(len) <= self.end
    }

    /// Writes over what was appended or reserved.
    pub(super) fn put(&mut self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.check_given()?;
        self.output.write_at(offset, bytes).map_err(|error| failed(&error).at_offset(offset))
    }

    /// Appends bytes; gives their offset.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let place = self.reserve(bytes.len() as u64)?;
        self.put(place.start, bytes)?;
        Ok(place.start)
    }

    /// Leaves room for bytes that come later. Offsets are even (TIFF 6.0, section 2).
    pub(super) fn reserve(&mut self, len: u64) -> Result<Range<u64>> {
        let (start, end) = (self.end, self.end.saturating_add(len));
        self.check(end)?;
        self.end = end.next_multiple_of(2);
        Ok(start..end)
    }

    /// Says that so many bytes will follow: nobody waits for the last one to learn that it does not fit.
    pub(super) fn expect(&mut self, more: u64) -> Result<()> {
        let len = self.end.saturating_add(more);
        self.check(len)?;
        self.output.expect(len).map_err(|error| failed(&error))
    }

    /// Fails if nobody wants the file any more.
    pub(super) fn poll(&self) -> Result<()> {
        self.cancel.as_ref().map_or(Ok(()), CancelToken::poll)
    }

    fn check(&self, end: u64) -> Result<()> {
        check_output(end, self.most)?;
        let too_far = self.variant == Some(Variant::Classic) && end > u64::from(u32::MAX);
        if too_far { Err(too_large()) } else { Ok(()) }
    }

    /// All bytes so far; `None` from an output that cannot be read.
    pub(super) fn content(&self) -> Result<Option<Content<'_>>> {
        self.check_given()?;
        self.output.content().map_err(|error| failed(&error))
    }

    /// All bytes, given away: as they are if the output lets go of them, else copied. Nothing can be written any more.
    pub(super) fn take(&mut self) -> Result<Vec<u8>> {
        self.check_given()?;
        let given = self.output.take().map_err(|error| failed(&error))?;
        let bytes = match given {
            Some(bytes) => bytes,
            None => {
                let content = self.content()?.ok_or_else(no_content)?;
                let mut copy = Vec::new();
                copy.try_reserve_exact(content.len()).map_err(|_| no_room(content.len() as u64))?;
                copy.extend_from_slice(&content);
                copy
            }
        };
        self.given = true;
        Ok(bytes)
    }

    fn check_given(&self) -> Result<()> {
        if self.given { Err(Error::usage("the file was finished and given away")) } else { Ok(()) }
    }

    /// Writes the header.
    pub(super) fn lead(&mut self, variant: Variant, first_directory: u64) -> Result<()> {
        self.put(0, &Header { byte_order: self.order, variant, first_directory }.encode()?)
    }
}

/// Refuses a file of more bytes than the limits allow.
pub(super) fn check_output(len: u64, most: u64) -> Result<()> {
    if len > most { Err(Cause::Output { len, most }.into()) } else { Ok(()) }
}

pub(super) fn no_room(len: u64) -> Error {
    Error::usage(format!("this machine has no {len} bytes for the file"))
}

/// What a file is made of that is laid out anew.
pub(super) fn no_content() -> Error {
    Error::usage("a file is put in order when all of it was written, and this output cannot be read")
}

pub(super) fn failed(error: &std::io::Error) -> Error {
    Error::other(ErrorKind::Write, error.to_string())
}
