"""What holds for a whole country, as data: calendar, time zone, law. Nothing here is an organisation's choice."""
