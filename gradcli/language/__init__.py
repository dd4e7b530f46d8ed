"""The expression language: names, lexer, parser, syntax tree and printer; it knows no function and no value."""
