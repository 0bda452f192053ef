//! Open code lists: a newtype with named constants, so that unknown codes survive and print.

/// Defines an open newtype over `u16` with named codes. `name()` is the standard's word for a code.
macro_rules! open_codes {
    ($(#[$doc:meta])* $type:ident { $($(#[$code_doc:meta])* $constant:ident = $code:literal $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub u16);

        impl $type {
            $($(#[$code_doc])* pub const $constant: Self = Self($code);)*

            /// The standard's name of the code; `None` for a code that is not listed here.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({} {})", stringify!($type), self.0, self.name().unwrap_or("?"))
            }
        }
    };
}

pub(super) use open_codes;
