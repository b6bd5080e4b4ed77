"""Programs that read and speak by requests, with credentials of their own."""
