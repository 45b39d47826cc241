select version from operator.version
