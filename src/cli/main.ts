#!/usr/bin/env node
console.log('webtls')
