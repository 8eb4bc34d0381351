"""突合: comparing what should agree, and setting right what does not. Tables in eligibility/models."""
