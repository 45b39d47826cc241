module privet/bench/ff1

go 1.22

require github.com/capitalone/fpe v1.2.1
