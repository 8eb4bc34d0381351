"""Screen lock (画面ロック), sessions, drafts kept on the server, counter mode."""
