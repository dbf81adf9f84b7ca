import { stackNamed } from './stacks.js'
import { testFeatures } from './test-features.js'
import { testMatrix } from './test-matrix.js'

const stack = stackNamed('OpenSSL')

testMatrix(stack)
testFeatures(stack)
