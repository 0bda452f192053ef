//! Texts of CRSs: WKT of any kind, and PROJJSON.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use memtiff::Crs;

fuzz_target!(|text: &str| -> Corpus {
    let Ok(crs) = Crs::from_wkt(text).or_else(|_| Crs::from_projjson(text)) else { return Corpus::Reject };
    memtiff_fuzz::tell(&crs);
    Corpus::Keep
});
