"""What the figures in the documents come from: chatsvc side by side with other chat servers."""
