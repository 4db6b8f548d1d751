"""The operators a platform needs beside it, installed on the local node from their own modules' manifests."""
