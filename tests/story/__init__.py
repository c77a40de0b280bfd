"""The main story: one candidate from activation to 审核通过, every step over HTTP and checked."""
