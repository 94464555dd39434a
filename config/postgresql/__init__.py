"""Django's PostgreSQL, whose connections do not wait for ever."""
