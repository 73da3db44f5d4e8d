"""What goes out to people by itself. Features only write it down (`records/outbox`); here it is sent."""
