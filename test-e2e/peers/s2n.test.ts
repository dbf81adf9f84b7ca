import { stackNamed } from './stacks.js'
import { testFeatures } from './test-features.js'
import { testMatrix } from './test-matrix.js'

const stack = stackNamed('s2n-tls')

testMatrix(stack)
testFeatures(stack)
