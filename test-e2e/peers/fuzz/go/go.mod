module webtls-fuzz-stack

go 1.24
