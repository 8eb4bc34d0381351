import sys

from kaigo.run.options import parser
from kaigo.run.runner import main

if __name__ == "__main__":
    sys.exit(main(parser().parse_args()))
