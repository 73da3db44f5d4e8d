"""Words: locales, dates, amounts, and the sentences that decisions, conditions and problems become."""
