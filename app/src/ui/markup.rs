//! HTML written as text, for rows that are drawn by the fifty in every answer of the busiest page: as views each of their cells is
//! several allocations, a fifth of what the page cost (docs/PERFORMANCE.md). What comes from outside is escaped here and nowhere
//! else; names of elements and attributes are literals.

/// HTML that is being written.
#[derive(Debug, Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Begins an element with these attributes.
    pub(crate) fn open(&mut self, element: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.0.push('<');
        self.0.push_str(element);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            html_escape::encode_double_quoted_attribute_to_string(value, &mut self.0);
            self.0.push('"');
        }
        self.0.push('>');
        self
    }

    /// Adds text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        html_escape::encode_text_to_string(text, &mut self.0);
        self
    }

    /// Ends an element.
    pub(crate) fn close(&mut self, element: &'static str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(element);
        self.0.push('>');
        self
    }

    /// An element with nothing but text in it.
    pub(crate) fn element(
        &mut self,
        element: &'static str,
        attributes: &[(&'static str, &str)],
        text: &str,
    ) -> &mut Self {
        self.open(element, attributes).text(text).close(element)
    }

    /// What was written.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_stays_text() {
        let mut markup = Markup::default();
        let bad = r#""><script>alert('x')</script>&amp;"#;
        markup.open("a", &[("href", bad)]).text(bad).close("a");
        assert_eq!(
            markup.finish(),
            "<a href=\"&quot;&gt;&lt;script&gt;alert('x')&lt;/script&gt;&amp;amp;\">\
            \"&gt;&lt;script&gt;alert('x')&lt;/script&gt;&amp;amp;</a>"
        );
    }
}
