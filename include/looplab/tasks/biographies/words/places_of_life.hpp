// SPDX-License-Identifier: MIT
//
// Dates, cities, universities, majors and employers used by `biography_sentences.hpp`: 200 cities,
// 300 universities, 100 majors, and 263 employers with a city each as their headquarters.
//
// No entry is the beginning of another one in its list, so that its words determine its end.
// Universities and employers are composed. Sizes after Allen-Zhu & Li 2024, arXiv:2404.05405; the
// lists are our own.
#pragma once

#include <string>
#include <vector>

#include "looplab/core/tensor.hpp"
#include "looplab/tasks/biographies/words/word_list.hpp"

namespace looplab {

/// The words of a birth date such as "October 2, 1996": 12 months ...
[[nodiscard]] inline std::vector<std::string> month_words() {
  return words_of(
      "January February March April May June July August September October November December");
}
/// ... 28 days ("2,") ...
[[nodiscard]] inline std::vector<std::string> day_words() {
  std::vector<std::string> days;
  for (int day = 1; day <= 28; ++day) days.push_back(std::to_string(day) + ",");
  return days;
}
/// ... and 200 years from 1900 on.
[[nodiscard]] inline std::vector<std::string> year_words() {
  std::vector<std::string> years;
  for (int year = 1900; year < 2100; ++year) years.push_back(std::to_string(year));
  return years;
}

/// 200 cities.
[[nodiscard]] inline std::vector<std::string> cities() {
  return split_text(
      "Akron,Albany,Albuquerque,Alexandria,Amarillo,Anchorage,Ann Arbor,Arlington,Asheville,"
      "Athens,Atlanta,Auburn,Augusta,Aurora,Austin,Bakersfield,Baltimore,Bangor,Baton Rouge,"
      "Bellevue,Bend,Billings,Birmingham,Bismarck,Bloomington,Boise,Boston,Boulder,Bozeman,"
      "Bridgeport,Buffalo,Burlington,Cambridge,Canton,Cary,Cedar Rapids,Chandler,Charleston,"
      "Charlotte,Chattanooga,Cheyenne,Chicago,Cincinnati,Cleveland,Colorado Springs,Columbus,"
      "Concord,Corpus Christi,Corvallis,Dallas,Davenport,Dayton,Daytona Beach,Decatur,Denver,"
      "Des Moines,Detroit,Dover,Dubuque,Duluth,Durham,El Paso,Erie,Eugene,Evansville,Fairbanks,"
      "Fargo,Flagstaff,Flint,Fort Collins,Fort Wayne,Fort Worth,Frederick,Fremont,Fresno,"
      "Gainesville,Galveston,Gary,Glendale,Grand Rapids,Great Falls,Green Bay,Greensboro,"
      "Greenville,Hampton,Harrisburg,Hartford,Helena,Henderson,Honolulu,Houston,Huntsville,"
      "Independence,Indianapolis,Irvine,Ithaca,Jackson,Jacksonville,Kalamazoo,Kansas City,"
      "Knoxville,Lafayette,Lancaster,Lansing,Laramie,Laredo,Las Cruces,Las Vegas,Lexington,"
      "Lincoln,Little Rock,Long Beach,Los Angeles,Louisville,Lowell,Lubbock,Macon,Madison,"
      "Manchester,Medford,Memphis,Mesa,Miami,Midland,Milwaukee,Minneapolis,Missoula,Mobile,"
      "Modesto,Montgomery,Muncie,Nashville,New Haven,New Orleans,New York,Newark,Norfolk,Oakland,"
      "Ogden,Oklahoma City,Olympia,Omaha,Orlando,Palm Springs,Pasadena,Pensacola,Peoria,"
      "Philadelphia,Phoenix,Pittsburgh,Plano,Portland,Providence,Provo,Pueblo,Raleigh,Rapid City,"
      "Reno,Richmond,Roanoke,Rochester,Rockford,Sacramento,Saint Louis,Saint Paul,Salem,Salinas,"
      "Salt Lake City,San Antonio,San Diego,San Francisco,San Jose,Santa Fe,Savannah,Scranton,"
      "Seattle,Shreveport,Sioux Falls,South Bend,Spokane,Springfield,Stamford,Syracuse,Tacoma,"
      "Tallahassee,Tampa,Toledo,Topeka,Trenton,Tucson,Tulsa,Tuscaloosa,Waco,Wichita,Wilmington,"
      "Worcester,Yakima,York,Youngstown,Yuma",
      ',');
}

/// 300 universities: each of 100 places has a university, a college and an institute.
[[nodiscard]] inline std::vector<std::string> universities() {
  std::vector<std::string> all;
  for (const std::string& place : words_of(
           "Abbotsleigh Addington Aldermere Amberley Ardenwood Avonlea Bellmont Bexhill "
           "Birchwood Bramhall Brightwater Broadmoor Calverton Camden Carrington Chadwick "
           "Claremont Coldbrook Coverdale Cranleigh Crestview Dalewood Danbury Deerfield "
           "Dunmore Eastlake Eastmoor Edgemont Elmhurst Everly Fairhaven Farnsworth Fernhill "
           "Foxcroft Glenmore Grantham Greenfield Greystone Hadleigh Halstead Harrow Hartwell "
           "Hawthorne Hazelmere Highgate Hollister Inverness Ivydale Jamestown Kenilworth "
           "Keswick Kingsbury Kirkwood Lakeland Lambeth Langford Larkspur Lindenwood Longmeadow "
           "Lynbrook Maplewood Marlborough Meadowbrook Melrose Middleton Millbrook Montrose "
           "Netherfield Newbury Northgate Oakridge Orchard Oxbow Pemberton Pinecrest Queensbury "
           "Ravenswood Redmond Riverside Rosedale Rosemont Rutherford Sandhurst Sedgewick "
           "Sherwood Silverton Southgate Stanhope Stonehaven Sunderland Tamworth Thornbury "
           "Underwood Vandermeer Wakefield Waverly Westbrook Whitmore Winfield Yarmouth"))
    for (const char* pattern : {"University of @", "@ College", "@ Institute of Technology"})
      all.push_back(filled_in(pattern, place));
  return all;
}

/// 100 majors.
[[nodiscard]] inline std::vector<std::string> majors() {
  return split_text(
      "Accounting,Acoustics,Actuarial Science,Aerospace Engineering,Agriculture,Animal Science,"
      "Anthropology,Applied Mathematics,Archaeology,Architecture,Art History,Astronomy,"
      "Astrophysics,Banking,Biochemistry,Bioinformatics,Biology,Biomedical Engineering,Biophysics,"
      "Botany,Business Administration,Cartography,Ceramics,Chemical Engineering,Chemistry,"
      "Civil Engineering,Classics,Cognitive Science,Communication,Comparative Literature,"
      "Computer Science,Construction Management,Creative Writing,Criminology,Dance,Data Science,"
      "Demography,Dentistry,Dramatic Arts,Ecology,Economics,Education,Electrical Engineering,"
      "English Literature,Entomology,Entrepreneurship,Environmental Science,Epidemiology,"
      "Fashion Design,Film Studies,Finance,Fisheries,Food Science,Forestry,French,Game Design,"
      "Genetics,Geography,Geology,German,Gerontology,Graphic Design,Greek,History,Horticulture,"
      "Hospitality,Immunology,Industrial Design,Information Systems,International Relations,"
      "Journalism,Landscape Architecture,Latin,Law,Library Science,Linguistics,Logistics,Marketing,"
      "Materials Science,Mechanical Engineering,Meteorology,Microbiology,Museum Studies,Music,"
      "Neuroscience,Nursing,Nutrition,Oceanography,Optics,Pharmacy,Philosophy,Photography,Physics,"
      "Political Science,Psychology,Public Health,Sculpture,Sociology,Statistics,Urban Planning",
      ',');
}

/// 263 employers: 66 companies with four branches each, the last with three.
[[nodiscard]] inline std::vector<std::string> employers() {
  std::vector<std::string> all = composed(
      words_of(
          "Acorn Alder Anvil Apex Arrow Atlas Avalon Beacon Bluebird Cascade Cedar Citadel "
          "Cobalt Comet Compass Copper Corona Crown Delta Dynamo Eagle Echo Emerald Everest "
          "Falcon Gemini Granite Harbor Helix Horizon Hydra Indigo Juniper Keystone Lantern "
          "Liberty Lotus Lynx Magellan Meridian Monarch Mosaic Nebula Neptune Nimbus Nova Onyx "
          "Osprey Pegasus Pinnacle Pioneer Quantum Quarry Radius Sapphire Sequoia Sierra "
          "Solstice Summit Titan Trident Umbra Vanguard Vertex Willow Zenith"),
      split_text(" Bank, Energy, Foods, Robotics", ','));
  all.resize(263);
  return all;
}

/// The headquarters of employer `index`: the number of a city among the first `num_cities`. There
/// are at most 133 different ones, as in the paper's list.
[[nodiscard]] constexpr Index headquarters(Index index, Index num_cities) {
  return index * 37 % 133 % num_cities;
}

}  // namespace looplab
