module webtls.test/peer

go 1.26
