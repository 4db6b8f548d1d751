"""`make preview`: what `pulumi up` of a stack would do, say the real engine, a real API server and the policies."""
