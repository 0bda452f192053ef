//! The input with its byte order. Nothing else in the crate slices the file.

use std::ops::Range;

use super::input::{Data, Input, PartialBytes};
use super::order::ByteOrder;
use crate::error::{Cause, Error, Result};

/// The bytes of a file and the order of its numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    input: Input<'a>,
    order: ByteOrder,
}

impl<'a> View<'a> {
    pub(crate) fn new(input: impl Into<Input<'a>>, order: ByteOrder) -> Self {
        Self { input: input.into(), order }
    }

    pub(crate) fn order(&self) -> ByteOrder {
        self.order
    }

    pub(crate) fn len(&self) -> u64 {
        match self.input.0 {
            Data::Whole(data) => data.len() as u64,
            Data::Partial(data) => data.len(),
        }
    }

    /// `len` bytes from `offset`; the error names the range that is missing.
    pub(crate) fn get(&self, offset: u64, len: u64) -> Result<&'a [u8]> {
        let end = offset.checked_add(len).ok_or(Cause::Overflow { count: len, width: 1 })?;
        let found = match self.input.0 {
            Data::Whole(data) => {
                let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
                range.and_then(|(start, end)| data.get(start..end))
            }
            Data::Partial(data) if end > data.len() => None,
            Data::Partial(data) => {
                let found = data.get(offset, len);
                return found.ok_or_else(|| self.missing(data, offset..end, false));
            }
        };
        found.ok_or_else(|| self.out_of_bounds(offset..end))
    }

    /// Notes it if these bytes of a chunk are not here, but would be in the file.
    pub(crate) fn touch(&self, offset: u64, len: u64) -> Result<()> {
        let Data::Partial(data) = self.input.0 else { return Ok(()) };
        let end = offset.saturating_add(len).min(data.len());
        if offset >= end || data.get(offset, end.saturating_sub(offset)).is_some() {
            return Ok(());
        }
        Err(self.missing(data, offset..end, true))
    }

    /// Whether bytes of the file may be missing.
    pub(crate) fn is_partial(&self) -> bool {
        matches!(self.input.0, Data::Partial(_))
    }

    #[cold]
    fn missing(&self, data: &PartialBytes, needed: Range<u64>, exact: bool) -> Error {
        let offset = needed.start;
        data.miss(needed.clone(), exact);
        Error::from(Cause::Missing { needed }).at_offset(offset)
    }

    #[cold]
    fn out_of_bounds(&self, needed: Range<u64>) -> Error {
        let offset = needed.start;
        Error::from(Cause::OutOfBounds { needed, len: self.len() }).at_offset(offset)
    }

    fn array<const N: usize>(&self, offset: u64) -> Result<[u8; N]> {
        let slice = self.get(offset, N as u64)?;
        // `get` gave exactly N bytes.
        Ok(slice.try_into().unwrap_or([0; N]))
    }

    pub(crate) fn u16(&self, offset: u64) -> Result<u16> {
        Ok(self.order.u16(self.array(offset)?))
    }

    pub(crate) fn u32(&self, offset: u64) -> Result<u32> {
        Ok(self.order.u32(self.array(offset)?))
    }

    pub(crate) fn u64(&self, offset: u64) -> Result<u64> {
        Ok(self.order.u64(self.array(offset)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn reads_both_orders_and_names_what_is_missing() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(View::new(&data, ByteOrder::Little).u16(1).unwrap(), 0x0302);
        assert_eq!(View::new(&data, ByteOrder::Big).u32(1).unwrap(), 0x0203_0405);
        let view = View::new(&data, ByteOrder::Big);
        assert_eq!(view.u64(2).unwrap_err().needed(), Some(2..10));
        assert_eq!(view.get(u64::MAX, 2).unwrap_err().kind(), ErrorKind::Malformed);
    }
}
