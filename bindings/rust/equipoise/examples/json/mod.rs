//! A small reader of JSON, enough for the reports that the examples print. Programs use the JSON
//! library that they have.
#![allow(dead_code)] // each example uses its share

/// A JSON value; a missing value is [`Json::Null`].
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The value of a JSON text; `None` if the text is not JSON.
    pub fn parse(text: &str) -> Option<Json> {
        let mut reader = Reader { rest: text.trim() };
        let value = reader.value(0)?;
        reader.rest.trim().is_empty().then_some(value)
    }

    /// The member of an object.
    pub fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(members) => members
                .iter()
                .find(|(name, _)| name == key)
                .map_or(&Json::Null, |(_, value)| value),
            _ => &Json::Null,
        }
    }

    /// The elements of an array; none for other values.
    pub fn elements(&self) -> &[Json] {
        match self {
            Json::Array(elements) => elements,
            _ => &[],
        }
    }

    /// The members of an object; none for other values.
    pub fn members(&self) -> &[(String, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The number; NaN for other values.
    pub fn number(&self) -> f64 {
        match self {
            Json::Number(number) => *number,
            _ => f64::NAN,
        }
    }

    /// The text; "" for other values.
    pub fn text(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > 100 {
            return None; // no report is that deep, and the stack is not endless
        }
        match self.peek()? {
            '{' => self
                .items('{', '}', |reader| {
                    let name = reader.string()?;
                    reader.take(':')?;
                    Some((name, reader.value(depth + 1)?))
                })
                .map(Json::Object),
            '[' => self
                .items('[', ']', |reader| reader.value(depth + 1))
                .map(Json::Array),
            '"' => self.string().map(Json::Text),
            _ => self.word(),
        }
    }

    fn items<T>(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.take(open)?;
        let mut items = Vec::new();
        if self.take(close).is_some() {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.take(',').is_none() {
                self.take(close)?;
                return Some(items);
            }
        }
    }

    fn word(&mut self) -> Option<Json> {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || ",]}".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "null" => Some(Json::Null),
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            number => number.parse().ok().map(Json::Number),
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Some(text);
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    'u' => {
                        let digits: String = (0..4)
                            .map_while(|_| characters.next().map(|(_, digit)| digit))
                            .collect();
                        let code = u32::from_str_radix(&digits, 16).ok()?;
                        // Halves of surrogate pairs become the replacement character.
                        text.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        if self.peek()? != wanted {
            return None;
        }
        self.rest = &self.rest[wanted.len_utf8()..];
        Some(())
    }
}
