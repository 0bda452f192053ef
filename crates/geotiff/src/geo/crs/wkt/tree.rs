//! Well-known text as a tree, and back (OGC 18-010r7, section 6).

use std::fmt;

use crate::error::{Error, Result};
use crate::text::general;

/// How deep texts may nest; real ones stay under 10.
const DEPTH: usize = 32;

/// What stands between brackets.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// In quotation marks.
    Text(String),
    /// A number, or a word such as `north`.
    Word(String),
    Node(Node),
}

/// `KEYWORD[value,value]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) keyword: String,
    pub(super) values: Vec<Value>,
}

impl Node {
    pub(super) fn new(keyword: &str) -> Self {
        Self { keyword: keyword.to_owned(), values: Vec::new() }
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        self.values.push(Value::Text(text.to_owned()));
        self
    }

    pub(super) fn word(mut self, word: &str) -> Self {
        self.values.push(Value::Word(word.to_owned()));
        self
    }

    /// A number with the 15 digits that a double holds in any case.
    pub(super) fn number(self, number: f64) -> Self {
        self.word(&general(number, 15))
    }

    pub(super) fn node(mut self, node: Self) -> Self {
        self.values.push(Value::Node(node));
        self
    }

    pub(super) fn nodes(mut self, nodes: impl IntoIterator<Item = Self>) -> Self {
        self.values.extend(nodes.into_iter().map(Value::Node));
        self
    }

    pub(super) fn is(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.keyword.eq_ignore_ascii_case(keyword))
    }

    /// The nodes in it that have one of these keywords.
    pub(super) fn all<'a>(&'a self, keywords: &'a [&'a str]) -> impl Iterator<Item = &'a Self> {
        self.children().filter(|node| node.is(keywords))
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.values.iter().filter_map(|value| match value {
            Value::Node(node) => Some(node),
            _ => None,
        })
    }

    pub(super) fn child(&self, keywords: &[&str]) -> Option<&Self> {
        self.children().find(|node| node.is(keywords))
    }

    /// The text or word at a place, counted from 0; "" if there is none.
    pub(super) fn at(&self, place: usize) -> &str {
        match self.values.get(place) {
            Some(Value::Text(text) | Value::Word(text)) => text,
            _ => "",
        }
    }

    pub(super) fn number_at(&self, place: usize) -> Option<f64> {
        self.at(place).trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Reads a text: one node, or several with commas between them, as ESRI writes compound CRSs.
    ///
    /// # Errors
    ///
    /// When brackets or quotation marks are left open, or something else stands behind a node.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>> {
        let mut parser = Parser { text, at: 0 };
        let mut nodes = Vec::new();
        loop {
            match parser.value(0)? {
                Value::Node(node) => nodes.push(node),
                _ => return Err(parser.wrong("a keyword and a bracket")),
            }
            parser.blank();
            match parser.rest().chars().next() {
                None => return Ok(nodes),
                Some(',') => parser.skip(1),
                Some(_) => return Err(parser.wrong("the end of the text")),
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self, expected: &str) -> Error {
        Error::usage(format!("WKT: expected {expected} at byte {} of {}", self.at, self.text.len()))
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.skip(rest.len().saturating_sub(rest.trim_start().len()));
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > DEPTH {
            return Err(self.wrong(&format!("at most {DEPTH} brackets inside each other")));
        }
        self.blank();
        if self.rest().starts_with('"') {
            return self.quoted().map(Value::Text);
        }
        let end = self.rest().find(['[', '(', ']', ')', ',', '"']).unwrap_or(self.rest().len());
        let word = self.rest().get(..end).unwrap_or_default().trim().to_owned();
        self.skip(end);
        if !self.rest().starts_with(['[', '(']) {
            return if word.is_empty() { Err(self.wrong("a value")) } else { Ok(Value::Word(word)) };
        }
        if word.is_empty() {
            return Err(self.wrong("a keyword"));
        }
        self.skip(1);
        let mut values = Vec::new();
        loop {
            values.push(self.value(depth.saturating_add(1))?);
            self.blank();
            match self.rest().chars().next() {
                Some(',') => self.skip(1),
                Some(']' | ')') => {
                    self.skip(1);
                    return Ok(Value::Node(Node { keyword: word, values }));
                }
                _ => return Err(self.wrong("a comma or a closing bracket")),
            }
        }
    }

    /// A quotation mark in a text is written twice.
    fn quoted(&mut self) -> Result<String> {
        self.skip(1);
        let mut text = String::new();
        loop {
            let Some(end) = self.rest().find('"') else { return Err(self.wrong("a closing quotation mark")) };
            text.push_str(self.rest().get(..end).unwrap_or_default());
            self.skip(end.saturating_add(1));
            if !self.rest().starts_with('"') {
                return Ok(text);
            }
            text.push('"');
            self.skip(1);
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.keyword)?;
        for (i, value) in self.values.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match value {
                Value::Text(text) => write!(f, "\"{}\"", text.replace('"', "\"\""))?,
                Value::Word(word) => f.write_str(word)?,
                Value::Node(node) => node.fmt(f)?,
            }
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back() {
        let text = r#"A["say ""so""",1.5,B["x",C[north]],D[-2e-05]]"#;
        assert_eq!(Node::parse(text).unwrap()[0].to_string(), text);
        let loose = " A ( \"x\" , B [ 1 ] ) ,C[2]";
        let nodes = Node::parse(loose).unwrap();
        assert_eq!((nodes[0].to_string(), nodes[1].to_string()), (r#"A["x",B[1]]"#.into(), "C[2]".into()));
    }

    #[test]
    fn wrong_texts_are_told_where() {
        for text in ["", "A", "A[", "A[1", "A[\"x", "A[]", "A[1]]", "[1]", "A[1,]", &"A[".repeat(100)] {
            let error = Node::parse(text).unwrap_err().to_string();
            assert!(error.contains("at byte"), "{text}: {error}");
        }
    }
}
