"""Read uploaded workbooks without trusting them; write returns and downloads. No models, no requests."""
