"""What two or more features need: tables with their queries, and the bridge from a tenant's data to its words."""
