//! What went wrong, and where: a class, a detail, a place.

use std::fmt;
use std::ops::Range;

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Who is to blame, and whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a TIFF at all.
    NotTiff,
    /// The file names bytes that lie past its end: it was cut off.
    /// [`Error::needed`] says which bytes.
    Truncated,
    /// Bytes of the file are not here yet: the input is a [`PartialBytes`](crate::PartialBytes). [`Error::needed`] says which.
    Missing,
    /// Fetching bytes of the file failed, elsewhere.
    Fetch,
    /// Writing bytes of the file failed, elsewhere.
    Write,
    /// The file contradicts itself or the standard.
    Malformed,
    /// The file is fine; this crate, or this build of it, cannot do what it asks for.
    Unsupported,
    /// Going on would spend more than [`Limits`](crate::Limits) allow.
    Limit,
    /// The caller stopped the operation with a [`CancelToken`](crate::CancelToken).
    Cancelled,
    /// The caller asked for something that makes no sense for this file.
    Usage,
}

/// Where in the file something happened; what is not known is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Place {
    /// Bytes from the start of the file.
    pub offset: Option<u64>,
    /// Index of the directory, in the order in which the walk met it.
    pub directory: Option<usize>,
    /// Number of the tag.
    pub tag: Option<u16>,
    /// Name of the tag, if the standards have one.
    pub tag_name: Option<&'static str>,
    /// Index of the chunk (strip or tile), as its offset stands in the file's table.
    pub chunk: Option<u64>,
}

/// An error with its class ([`kind`](Self::kind)) and its place ([`place`](Self::place)).
///
/// ```
/// use memtiff_geotiff::{Description, ErrorKind, Limits};
///
/// let error = Description::parse(b"II*\0\x08\0\0\0", &Limits::default()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Truncated);
/// assert_eq!(error.needed(), Some(8..10));
/// assert_eq!(error.to_string(), "truncated: needs bytes 8..10, the input ends at 8 (directory 0, offset 8)");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    cause: Cause,
    place: Place,
    /// Which file, where there are several.
    file: Option<Box<str>>,
}

/// The detail behind an [`Error`]; private, so that it may grow with the code.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the input is empty")]
    Empty,
    #[error("the file begins with {0:02x?}, not with a TIFF header (II or MM, then 42 or 43)")]
    NotTiff(Vec<u8>),
    #[error("this is {name}{advice}")]
    Foreign { name: &'static str, advice: &'static str },
    #[error("needs bytes {}..{}, the input ends at {len}", .needed.start, .needed.end)]
    OutOfBounds { needed: Range<u64>, len: u64 },
    #[error("bytes {}..{} of the file are not here yet", .needed.start, .needed.end)]
    Missing { needed: Range<u64> },
    #[error("{what}: {expected} expected, {found} found")]
    Mismatch { what: &'static str, expected: &'static str, found: u64 },
    #[error("{count} values of {width} bytes do not fit into 64 bits")]
    Overflow { count: u64, width: u64 },
    #[error("{0}")]
    Irregular(&'static str),
    #[error(
        "the geokeys contradict EPSG:{code}, which they name: the CRS has their parameters, and no EPSG code of its own"
    )]
    ContradictingKeys { code: u32 },
    #[error("required, but missing")]
    MissingTag,
    #[error("the text is not UTF-8")]
    NotUtf8,
    #[error("{what}: no well-formed XML")]
    BadXml { what: &'static str },
    #[error("field type {0} is not defined")]
    FieldType(u16),
    #[error("field type {found} cannot be read as {wanted}")]
    Coercion { found: &'static str, wanted: &'static str },
    #[error("value {index} of {count} asked for")]
    NoSuchValue { index: u64, count: u64 },
    #[error("the directory at this offset was met before: the chain is a loop, or names it twice")]
    Loop,
    #[error("directories of {bytes} bytes in a file of {len}: they overlap")]
    Overlap { bytes: u64, len: u64 },
    #[error("a chunk of {width} x {height} pixels is more than this machine can address")]
    TooLarge { width: usize, height: usize },
    #[error("{method} data end early: {have} of {need} bytes decoded")]
    ShortData { method: &'static str, need: usize, have: usize },
    #[allow(dead_code, reason = "only methods that can be compiled out find such damage")]
    #[error("{method} data are damaged after {have} of {need} decoded bytes: {why}")]
    BadData { method: &'static str, need: usize, have: usize, why: &'static str },
    #[error("{method} data are damaged but were decoded: {what}")]
    Recovered { method: &'static str, what: String },
    #[allow(dead_code, reason = "only methods that can be compiled out have such limits")]
    #[error("a chunk cannot be written as {method}: {why}")]
    NotEncoded { method: &'static str, why: &'static str },
    #[error("{0}")]
    Unsupported(String),
    #[error("{method} is not compiled in: enable the cargo feature `{feature}`")]
    FeatureOff { method: &'static str, feature: &'static str },
    #[error("{what} needs {needed} bytes of memory, {left} are left within the limits")]
    Memory { what: &'static str, needed: u64, left: u64 },
    #[error("{what} needs {needed} bytes of memory, the machine refused them")]
    NoMemory { what: &'static str, needed: u64 },
    #[error(
        "the operation needs {needed} units of work or more, {most} are allowed: raise the limit with `Limits::with_work` \
         if the file is trusted"
    )]
    Work { needed: u64, most: u64 },
    #[error(
        "a file of {len} bytes would be written, {most} are allowed: raise the limit with `Limits::with_output`"
    )]
    Output { len: u64, most: u64 },
    #[error("the operation was cancelled")]
    Cancelled,
    #[error("more than {limit} directories")]
    Directories { limit: usize },
    #[error("{message}")]
    Other { kind: ErrorKind, message: String },
    #[error("{0}")]
    Usage(String),
}

impl Cause {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty | Self::NotTiff(_) | Self::Foreign { .. } => ErrorKind::NotTiff,
            Self::OutOfBounds { .. } => ErrorKind::Truncated,
            Self::Missing { .. } => ErrorKind::Missing,
            Self::Mismatch { .. }
            | Self::Overflow { .. }
            | Self::Irregular(_)
            | Self::ContradictingKeys { .. }
            | Self::MissingTag
            | Self::BadXml { .. }
            | Self::NotUtf8
            | Self::FieldType(_)
            | Self::Coercion { .. }
            | Self::NoSuchValue { .. }
            | Self::Loop
            | Self::Overlap { .. }
            | Self::ShortData { .. }
            | Self::BadData { .. }
            | Self::Recovered { .. } => ErrorKind::Malformed,
            Self::Unsupported(_) | Self::FeatureOff { .. } | Self::NotEncoded { .. } => {
                ErrorKind::Unsupported
            }
            Self::Memory { .. }
            | Self::NoMemory { .. }
            | Self::Work { .. }
            | Self::Output { .. }
            | Self::TooLarge { .. }
            | Self::Directories { .. } => ErrorKind::Limit,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Usage(_) => ErrorKind::Usage,
            Self::Other { kind, .. } => *kind,
        }
    }
}

impl From<Cause> for Error {
    #[cold]
    fn from(cause: Cause) -> Self {
        Self(Box::new(Inner { cause, place: Place::default(), file: None }))
    }
}

impl Error {
    /// Bytes of memory that one takes, about.
    pub(crate) const SIZE: u64 = (size_of::<Self>() + size_of::<Inner>()) as u64;

    /// The class of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.cause.kind()
    }

    /// Where it happened.
    #[must_use]
    pub fn place(&self) -> Place {
        self.0.place
    }

    /// The bytes of the file that were asked for and are not in the input, when that is what went wrong.
    #[must_use]
    pub fn needed(&self) -> Option<Range<u64>> {
        match &self.0.cause {
            Cause::OutOfBounds { needed, .. } | Cause::Missing { needed } => Some(needed.clone()),
            _ => None,
        }
    }

    /// Whether the operation would do more work than [`Limits::with_work`](crate::Limits::with_work) allows.
    #[must_use]
    pub fn exceeds_work(&self) -> bool {
        matches!(self.0.cause, Cause::Work { .. })
    }

    /// What is out of the ordinary and was read all the same, for what is built on this crate.
    #[cold]
    #[must_use]
    pub fn irregular(what: &'static str) -> Self {
        Cause::Irregular(what).into()
    }

    /// An error of any class, for what is built on this crate.
    #[cold]
    #[must_use]
    pub fn other(kind: ErrorKind, message: impl Into<String>) -> Self {
        Cause::Other { kind, message: message.into() }.into()
    }

    /// Says in which file it happened, for what is built on this crate; a name that is there already stays.
    #[must_use]
    pub fn in_file(mut self, name: &str) -> Self {
        self.0.file.get_or_insert_with(|| name.into());
        self
    }

    /// The file it happened in, if it has a name.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// An error of wrong use, for what is built on this crate: `message` says what was done, and what to do.
    #[cold]
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Cause::Usage(message.into()).into()
    }

    #[cold]
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Cause::Unsupported(message.into()).into()
    }

    /// Whether compressed data ended, or were damaged, before all of the chunk was decoded.
    pub(crate) fn is_incomplete(&self) -> bool {
        match &self.0.cause {
            Cause::ShortData { .. } => true,
            Cause::BadData { need, have, .. } => have < need,
            _ => false,
        }
    }

    /// Adds the offset, unless a deeper room has said it more precisely.
    pub(crate) fn at_offset(mut self, offset: u64) -> Self {
        self.0.place.offset.get_or_insert(offset);
        self
    }

    pub(crate) fn in_directory(mut self, index: usize) -> Self {
        self.0.place.directory.get_or_insert(index);
        self
    }

    pub(crate) fn in_tag(mut self, tag: u16, name: Option<&'static str>) -> Self {
        if self.0.place.tag.is_none() {
            self.0.place.tag = Some(tag);
            self.0.place.tag_name = name;
        }
        self
    }

    pub(crate) fn in_chunk(mut self, index: u64) -> Self {
        self.0.place.chunk.get_or_insert(index);
        self
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTiff => "not a TIFF",
            Self::Truncated => "truncated",
            Self::Missing => "not here",
            Self::Fetch => "fetching failed",
            Self::Write => "writing failed",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::Limit => "limit exceeded",
            Self::Cancelled => "cancelled",
            Self::Usage => "wrong use",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("directory", self.directory.map(|n| n as u64)),
            ("tag", self.tag.map(u64::from)),
            ("chunk", self.chunk),
            ("offset", self.offset),
        ];
        let mut between = "";
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, "{between}{name} {value}")?;
                between = ", ";
            }
            if let ("tag", Some(tag_name)) = (name, self.tag_name) {
                write!(f, " {tag_name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = self.file() {
            write!(f, "{file}: ")?;
        }
        write!(f, "{}: {}", self.kind(), self.0.cause)?;
        if self.0.place != Place::default() {
            write!(f, " ({})", self.0.place)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
