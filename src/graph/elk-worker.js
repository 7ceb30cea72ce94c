// The layout worker: ELK's own script (EPL-2.0 OR GPL-3.0-or-later), unchanged. The build puts that script in this place.
import 'elkjs/lib/elk-worker.min.js';
