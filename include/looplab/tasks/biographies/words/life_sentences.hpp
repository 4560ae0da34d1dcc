// SPDX-License-Identifier: MIT
//
// 50 sentences for each of the six facts of a life, to follow a name or a pronoun; '@' marks the
// position of the value.
//
//   Anna Lee Ashford  was born on October 2, 1996 .   She  majored in Physics .
//
// Two rules make every bit of a value's tokens a bit of the fact (the test checks them). A sentence
// begins with the person, so no fact precedes the name. The words before '@' determine the fact and
// that its value follows: they are not the beginning of any other sentence, unless that sentence is
// of the same fact and equal up to '@'.
//
// Source: Allen-Zhu & Li 2024, arXiv:2404.05405, has 46 to 52 for each; these are our own.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/tasks/biographies/words/word_list.hpp"

namespace looplab {

/// The facts of a biography. The working city follows from the employer.
enum class LifeFact { birth_date, birth_city, university, major, employer, working_city };
[[nodiscard]] constexpr auto enum_names(LifeFact) {
  return std::array<std::string_view, 6>{"birth_date", "birth_city", "university",
                                         "major",      "employer",   "working_city"};
}

inline constexpr std::size_t kNumLifeFacts = 6;
inline constexpr Index kSentencesPerFact = 50;

/// The sentences of a fact.
[[nodiscard]] inline std::vector<std::string> life_sentences(LifeFact fact) {
  static constexpr std::array<std::string_view, 6> kSentences{
      R"(was born on @
came into the world on @
began life on @
arrived on @
entered the world on @
was brought into the world on @
first saw the light of day on @
took a first breath on @
gave the date of birth as @
was welcomed to the world on @
first drew breath on @
first saw daylight on @
first opened both eyes on @
came into this life on @
came to life on @
entered this life on @
arrived in this world on @
was delivered on @
gave a first cry on @
gave the birth date as @
filled in the date of birth as @
wrote the birth date @ on every form
has a birthday that goes back to @
has a birth certificate dated @
has a passport that gives the birth date @
celebrated a first birthday one year after @
celebrated birthdays in memory of @
dated the family calendar from @
counted every year from @
counted the days since @
counted birthdays from @
began the story of a lifetime on @
began to breathe on @
joined the family on @
joined the human race on @
made a first appearance on @
made an entrance on @
was welcomed by the family on @
was brought to life on @
was a newborn on @
was first held on @
was first weighed on @
was registered as born on @
turned a family into parents on @
turned one year old exactly a year after @
lit birthday candles to honor @
received birthday wishes to mark @
shared a birthday with everyone born on @
owed every birthday party to @
saw the first sunrise on @)",

      R"(was born in @
came from @
began life in @
hailed from @
entered the world in @
was brought up in @
first saw the light of day in @
took root in @
gave the place of birth as @
was a native of @
first drew breath in @
first saw daylight in @
first opened both eyes in @
came originally from @
was raised from birth in @
was brought home to a house in @
was a child of @
was a local of @
was delivered at a hospital in @
was first seen by a doctor in @
was baptized in @
was carried as a baby through @
hailed originally from @
began the journey of life in @
started out in @
started life in @
spent the first day of life in @
spent the earliest hours in @
spent a first night in @
took the very first steps of life in @
has a birthplace called @
has a birth record kept in @
has a hometown named @
has family roots in @
has a birth certificate issued in @
called the city of @ home from birth
named the birthplace as @
gave the hometown as @
owed a city childhood to @
entered this life in @
arrived in this world at a clinic in @
arrived as a baby in @
made a first appearance in @
grew from a baby born in @
traced every root to @
traced the family back to @
remembered a birthplace called @
remembered the hospital in @
belonged from birth to @
loved the birthplace @ for life)",

      R"(studied at @
graduated from @
earned a degree from @
was a student at @
attended classes at @
received a degree from @
was educated at @
completed a degree at @
enrolled at @
has a degree from @
studied for years at @
was a graduate of @
was a member of the alumni of @
was taught at @
was admitted to @
was enrolled at @
was awarded a diploma by @
was trained by the professors of @
was mentored by faculty at @
graduated with honors from @
attended lectures at @
earned a diploma at @
received an education at @
received a diploma from @
completed all coursework at @
completed the years of study at @
finished a degree at @
finished college at @
went to college at @
went to lectures at @
went to school at @
enrolled as a student of @
won a place at @
won a scholarship to @
has a diploma from @
has an alma mater called @
has a student card of @
spent the student years at @
spent years in the library of @
learned the trade at @
learned from professors at @
lived on the campus of @
lived in a dormitory of @
owed an education to @
owed a diploma to @
passed the final exams of @
passed the entrance exam of @
sat in the lecture halls of @
walked the campus of @ for years
took courses at @)",

      R"(majored in @
specialized in @
earned a degree in @
was a student of @
focused on @
received a degree in @
was trained in @
completed a degree in @
pursued a degree in @
has a degree in @
studied the subject of @
studied the field of @
studied to become an expert in @
earned honors in @
earned top grades in @
received training in @
received a prize for work in @
completed a program in @
completed a thesis on @
finished a degree in @
finished a thesis in @
focused all studies on @
concentrated on @
pursued a passion for @
pursued the study of @
was drawn to @
was an expert in @
was fascinated by @
was devoted to @
was tested in @
has a diploma in @
has deep knowledge of @
has a background in @
chose a major in @
chose courses in @
chose to study @
declared a major in @
took courses in @
took exams in @
wrote a thesis about @
wrote essays on @
passed exams in @
gained expertise in @
mastered the field of @
mastered the theory of @
learned the foundations of @
learned everything about @
read every book about @
devoted years of study to @
developed a love for @ early on)",

      R"(worked for @
was employed by @
joined the team of @
took a job at @
was hired by @
started a career at @
has a job at @
made a living at @
earned a salary from @
served on the team of @
worked as an employee of @
worked in an office of @
worked full time at @
was paid by @
was recruited by @
was on the staff of @
was on the payroll of @
was a member of the team at @
was offered a position at @
was promoted at @
joined the staff at @
joined the company @
took a position with @
accepted an offer from @
accepted a job with @
signed a contract with @
signed an offer from @
started a job at @
began a career at @
began a job with @
built a career at @
built products for @
has a career with @
has a contract with @
has a desk at @
held a position at @
held a job with @
found employment at @
found a job with @
made a career at @
earned a living at @
drew a salary from @
contributed to the success of @
contributed skills to @
served as an employee at @
spent a career with @
spent working days at @
collected paychecks from @
received a paycheck from @
landed a role at @ after college)",

      R"(was employed in @
worked in the city of @
was based in @
took a job in @
started a career in @
made a living in @
has an office in @
moved for work to @
commuted to @
found work in @
worked every day in @
worked from an office in @
worked downtown in @
was stationed in @
was posted to @
was transferred to @
was sent to an office in @
was at work in @
was a commuter to @
moved to a job in @
relocated to @
settled near the office in @
commuted each morning into @
traveled for work to @
traveled to an office in @
has a workplace in @
has a job located in @
has a desk in @
held a job in @
held an office in @
found a job in @
took a position in @
accepted a job in @
started work in @
started a job in @
began work in @
began a job in @
built a career in @
made a career in @
earned a salary in @
earned a living in @
spent working days in @
spent a career in @
spent office hours in @
pursued a career in @
pursued work in @
carried out duties in @
reported for work in @
clocked in each day in @
received a paycheck in @ every month)"};
  return split_text(kSentences[static_cast<std::size_t>(fact)], '\n');
}

/// The beginning of a sentence after "They": "was" and "has" become "were" and "have".
[[nodiscard]] inline std::string plural(const std::string& beginning) {
  if (beginning.starts_with("was ")) return "were" + beginning.substr(3);
  if (beginning.starts_with("has ")) return "have" + beginning.substr(3);
  return beginning;
}

}  // namespace looplab
