// Runs a case through the production Step, and says where it differs from the oracle.
#pragma once

#include <string>
#include <vector>

#include "rules/program.h"
#include "rules/step.h"
#include "tests/rules/generator.h"

namespace vinkki::rules::oracle {

// The event as a batch of its own.
Batch BatchOf(const World& world, const Event& e);

// How the events reach Step; all of these must come to the same decisions.
enum class Drive {
  kEventsOnly,  // Apply for each event, one Advance at the end
  kDeadlines,   // as the engine: Advance at each NextDeadline
  kRestless,    // Advance at times of its own too, twice, and the state stored and read back
};

std::vector<Decision> RunStep(const Program& program, const World& world, Drive drive,
                              uint64_t seed);

// Sorted by (at, rule), equal ones as they were made; "" when they are the same.
std::string Difference(const Program& program, std::vector<Decision> oracle,
                       std::vector<Decision> step, Millis start);

// Loads the case and runs both; "" when they agree. Fills in the case's set for the time of the
// call only.
std::string Disagreement(const Case& c);

}  // namespace vinkki::rules::oracle
