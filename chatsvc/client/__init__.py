"""The client, which ``python -m chatsvc.client`` runs."""
