// The worker of slow computations. The build puts src/compute.worker.ts, in one file, in this place.
import '../compute.worker.ts';
