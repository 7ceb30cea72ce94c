import * as tf from '@tensorflow/tfjs';
import {useTf} from './tensor/tf.js';

useTf(tf);
