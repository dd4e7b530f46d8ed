"""Other spellings of a formula that keep its digits: a table of rules, and proposals checked at the point."""
