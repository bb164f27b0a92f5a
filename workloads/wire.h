/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wire.h - what isoload says to the harness: one record a line, ASCII, ended by '\n'.
 *
 *   ready VERSION               first thing that main() does; the harness's clock at its receipt ends the startup
 *   env KEY=VALUE               once per fact that is seen from inside (list below)
 *   begin WORKLOAD KEY=VALUE …  the workload and its parameters, all of them, before set-up, warm-up and measurement
 *   done SECONDS                the measurement ended; what the program's own clock says lies between `begin` and here.
 *                               The harness stamps the receipt of both and compares
 *   work 0                      between `begin` and `done`, of a workload that says how much it moves (registry.h): set-up and rehearsals are
 *                               over, it begins to move
 *   work AMOUNT                 so much was moved since then, warm-up included; what follows only checks. At the receipt of both the
 *                               harness looks at the CPU time that the host spends
 *   sample METRIC w|m VALUE     one value in base units ("%.17g"); w: warm-up, m: measured. At most WIRE_SAMPLES_MAX a metric
 *   histogram METRIC PARTS LOWEST COUNT CLAMPED MIN MAX     in place of the measured samples where there are more (histogram.h)
 *   bins METRIC INDEX:COUNT …   of it: those that hold any, in ascending order, in as many records as it takes
 *   digest HEX                  check value of the computed result: the same in every arm, whatever the speed
 *   end 0                       all is well
 *   end ERRNO TEXT              it is not; TEXT says why. No sample before it counts
 *   end cannot TEXT             this place can't run the workload, a fact of the place and no failure; TEXT says what it lacks
 *
 * env keys: cpus (number of CPUs it may run on), memory (bytes: the cgroup limit that binds, or else the RAM that is
 * seen), kernel (uname -r), boot_id, sha256 (of its own executable), clocksource, timer_resolution, timer_cost (both in
 * seconds), scratch (file system type of the scratch directory, when there is one), uid; and behind `done`: interval (the
 * shortest interval that gave a sample, in seconds: timer_cost above 5 % of it spoils the figure), and engine (which way
 * file-random's requests took: io-uring, aio, threads or sync). One that can't be found
 * out is "unknown".
 * A reader ignores records and keys that it does not know. Values have no blanks or control characters (they are
 * written as '_'). */
#ifndef ISOCOST_WIRE_H
#define ISOCOST_WIRE_H

#define WIRE_VERSION 1
#define WIRE_LINE_MAX 1024
#define WIRE_SAMPLES_MAX 10000

#endif
