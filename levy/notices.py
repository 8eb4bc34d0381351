"""納入通知書の作成: which notices a file of samples holds, and the file itself."""

from audit.jobs import Work


def make_samples(work: Work) -> None:
    raise NotImplementedError
